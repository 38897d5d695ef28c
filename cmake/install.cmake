# What `cmake --install` puts in place: the command, the library, its header and its pkg-config file.
include(GNUInstallDirs)

install(TARGETS command resnet)
install(FILES include/resnet.h TYPE INCLUDE)

# Nothing in resnet.pc is absolute, so the installed tree may be moved.  A static library needs the foreign ones
# at the program's link; a shared one has them in itself.
file(RELATIVE_PATH RN_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
list(JOIN RN_PACKAGES " " RN_REQUIRES)
set(RN_PRIVATE "")
if(BUILD_SHARED_LIBS)
    set(RN_PRIVATE ".private")
endif()
configure_file(cmake/resnet.pc.in resnet.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/resnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
