# Fuzz targets: each fuzz/NAME_fuzz.c is a program.  Where the compiler counts edges for libFuzzer (RN_SAN has
# fuzzer-no-link; make fuzz-quick) it searches; else it is a test that reads fuzz/corpus/NAME again.
pkg_check_modules(ZLIB REQUIRED zlib)       # libpng stands on it; inflate is compared with it

# The command without its main, for its command line.
add_library(rn_cli OBJECT EXCLUDE_FROM_ALL ${cli})
target_include_directories(rn_cli PRIVATE include src)
target_compile_definitions(rn_cli PRIVATE main=command_main)
target_compile_options(rn_cli PRIVATE -Wno-missing-prototypes)

add_library(rn_fuzz OBJECT EXCLUDE_FROM_ALL fuzz/fuzz.c fuzz/weights_file.c)
target_include_directories(rn_fuzz PRIVATE include src .)

if(RN_SAN MATCHES fuzzer)
    set(driver "")
    set(driver_options -fsanitize=fuzzer)
else()
    add_library(rn_replay OBJECT EXCLUDE_FROM_ALL fuzz/replay.c)
    target_include_directories(rn_replay PRIVATE include src .)
    set(driver $<TARGET_OBJECTS:rn_replay>)
    set(driver_options "")
endif()

add_custom_target(fuzzers)
file(GLOB targets CONFIGURE_DEPENDS fuzz/*_fuzz.c)
foreach(source ${targets})
    get_filename_component(program ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name ${program})
    add_executable(${program} ${source} ${below_paper} $<TARGET_OBJECTS:rn_fuzz> $<TARGET_OBJECTS:rn_cli>
                   ${driver})
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    target_include_directories(${program} PRIVATE include src .)
    target_link_libraries(${program} PRIVATE ${RN_LIBRARIES} ${ZLIB_LINK_LIBRARIES})
    target_link_options(${program} PRIVATE ${driver_options})
    add_dependencies(fuzzers ${program})
    if(NOT RN_SAN MATCHES fuzzer)
        set(corpus fuzz/corpus/${name})
        if(name STREQUAL picture)
            list(APPEND corpus test/golden/image)
        endif()
        add_test(NAME fuzz/${name} COMMAND ${program} ${corpus} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 600)
    endif()
endforeach()
