/* The program's version, which the build takes from CMakeLists.txt. */
#include "resnet.h"

const char *rn_version(void)
{
    return RN_VERSION;
}
