# Compile flags that every module shares.
add_library(tessera_flags INTERFACE)
target_include_directories(tessera_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
target_compile_options(tessera_flags INTERFACE -Wall -Wextra -Wpointer-arith)
# Messages name files by their place in the project, wherever it was built.
target_compile_options(tessera_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_options(tessera_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition>)
if(TESSERA_WERROR)
    target_compile_options(tessera_flags INTERFACE -Werror)
endif()
if(TESSERA_SANITIZE)
    # SystemC switches stacks of its own: fake stacks must stay off at run time too
    # (detect_stack_use_after_return=0).
    target_compile_options(tessera_flags INTERFACE -fsanitize=address,undefined
        -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(tessera_flags INTERFACE -fsanitize=address,undefined)
endif()

if(TESSERA_FUZZ)
    target_compile_options(tessera_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
        -fno-sanitize-recover=undefined)
    target_link_options(tessera_flags INTERFACE -fsanitize=address,undefined)
endif()

# tessera_module(NAME [LINK libraries...]): all .c and .cpp files of this folder and below, but for
# those in folders named module/, which are shared libraries loaded on demand.
function(tessera_module name)
    cmake_parse_arguments(MODULE "" "" "LINK" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c
         ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/module/")
    add_library(${name} OBJECT ${sources})
    target_link_libraries(${name} PUBLIC tessera_flags ${MODULE_LINK})
    set_property(GLOBAL APPEND PROPERTY TESSERA_MODULES ${name})
endfunction()
