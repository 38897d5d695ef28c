# Kernels are one source, src/backend/cpu/*_kernels.c, compiled once for each instruction set and chosen at run time.
# RN_VL: floats in a vector; RN_ISA: the suffix of what a source defines.  Vectors pass between inline functions
# only, so the warning about calling conventions (psabi) means nothing here.
function(add_kernels isa width definitions)
    add_library(rn_cpu_${isa} OBJECT ${kernel_sources})
    target_include_directories(rn_cpu_${isa} PUBLIC include src)
    target_compile_definitions(rn_cpu_${isa} PRIVATE RN_ISA=${isa} RN_VL=${width} ${definitions})
    target_compile_options(rn_cpu_${isa} PRIVATE -O3 -Wno-psabi ${ARGN})
    set_target_properties(rn_cpu_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# Those that read tensors are compiled again for other tensors than of floats (cells.h): with the definitions
# for bf16 and, where they serve inference in int8, for bytes.
function(add_isa isa width bf16)
    file(GLOB kernel_sources CONFIGURE_DEPENDS src/backend/cpu/*_kernels.c)
    add_kernels(${isa} ${width} "" ${ARGN})
    list(FILTER kernel_sources EXCLUDE REGEX "/(linear|ceiling)_kernels")
    set(all ${kernel_sources})
    list(FILTER kernel_sources EXCLUDE REGEX "/(conv|winograd)_kernels")
    add_kernels(${isa}_uint8 ${width} RN_CELLS_UINT8 ${ARGN})
    set(kernel_sources ${all})
    list(FILTER kernel_sources EXCLUDE REGEX "/int8_kernels")
    add_kernels(${isa}_bf16 ${width} "${bf16}" ${ARGN})
    foreach(type "" _bf16 _uint8)
        list(APPEND RN_KERNEL_OBJECTS $<TARGET_OBJECTS:rn_cpu_${isa}${type}>)
    endforeach()
    set(RN_KERNEL_OBJECTS ${RN_KERNEL_OBJECTS} PARENT_SCOPE)
endfunction()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(avx512 -march=skylake-avx512 -mprefer-vector-width=512 -ffp-contract=fast)
    add_isa(avx512 16 "RN_CELLS_BF16;RN_NATIVE_BF16" ${avx512})
    add_isa(avx2 8 RN_CELLS_BF16 -march=haswell -ffp-contract=fast)
    # Of the instruction set amx only convolutions of bf16 are its own.
    set(kernel_sources src/backend/cpu/conv_kernels.c)
    add_kernels(amx_bf16 16 "RN_CELLS_BF16;RN_NATIVE_BF16;RN_NATIVE_AMX" ${avx512} -mamx-tile -mamx-bf16)
    list(APPEND RN_KERNEL_OBJECTS $<TARGET_OBJECTS:rn_cpu_amx_bf16>)
endif()
add_isa(baseline 4 RN_CELLS_BF16)

# The loop of gradient descent lies in the device.
set_source_files_properties(src/backend/cpu/cpu_device.c PROPERTIES COMPILE_OPTIONS -O3)
