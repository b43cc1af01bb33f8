# One folder is one module: a static library, and one test program from the *_test.cc beside the sources.
enable_testing()

add_library(tandem_options INTERFACE)
target_compile_options(tandem_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
                                                -Werror=return-type
                                                -fno-math-errno -ffp-contract=off)
target_include_directories(tandem_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
if(TANDEM_SANITIZE)
  target_compile_options(tandem_options INTERFACE -fsanitize=${TANDEM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all)
  target_link_options(tandem_options INTERFACE -fsanitize=${TANDEM_SANITIZE})
  # Compilers have no common way to tell.
  if(TANDEM_SANITIZE STREQUAL "thread")
    target_compile_definitions(tandem_options INTERFACE TANDEM_SANITIZES_THREAD)
  else()
    target_compile_definitions(tandem_options INTERFACE TANDEM_SANITIZES_ADDRESS)
  endif()
endif()

include(cmake/sanitized.cmake)

if(TANDEM_TESTS)
  # Built from the packaged sources, so that sanitizers and the cross compiler see GoogleTest's code too.
  find_path(TANDEM_GTEST_SOURCE googletest/CMakeLists.txt PATHS /usr/src/googletest REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  set(INSTALL_GTEST OFF)
  add_subdirectory("${TANDEM_GTEST_SOURCE}" "${CMAKE_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL SYSTEM)
  foreach(library gtest gtest_main gmock gmock_main)
    target_compile_options(${library} PRIVATE -w -O0)  # Compiled for every preset, and never where time goes.
  endforeach()
endif()

# tandem_module(<name> [SEPARATE] [OPTIMISED] [THREADS] [SOURCES a.cc ...] [TESTS a_test.cc ...] [DEPENDS other ...])
# Sources are listed, not globbed, so that a forgotten file is a build error and never a silent gap.
# Modules compile in unity batches, since most of a file's time goes into the headers that it shares with its
# neighbours. SEPARATE: not this one; its files repeat each other's local names on purpose, or have flags of their own.
# OPTIMISED: computes so much that the sanitizer presets optimise it too.
# THREADS: its tests start threads, so the thread sanitizer has something to find in them.
function(tandem_module name)
  cmake_parse_arguments(MODULE "SEPARATE;OPTIMISED;THREADS" "" "SOURCES;TESTS;DEPENDS" ${ARGN})
  list(TRANSFORM MODULE_DEPENDS PREPEND tandem_)
  if(MODULE_SOURCES)
    add_library(tandem_${name} STATIC ${MODULE_SOURCES})
    target_link_libraries(tandem_${name} PUBLIC tandem_options tandem_libraries ${MODULE_DEPENDS})
    if(NOT MODULE_SEPARATE)
      set_target_properties(tandem_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
    tandem_sanitized(tandem_${name} ${MODULE_OPTIMISED})
  else()
    add_library(tandem_${name} INTERFACE)
    target_link_libraries(tandem_${name} INTERFACE tandem_options tandem_libraries ${MODULE_DEPENDS})
  endif()
  if(TANDEM_TESTS AND MODULE_TESTS AND (MODULE_THREADS OR NOT TANDEM_SANITIZE STREQUAL "thread"))
    add_executable(${name}_tests ${MODULE_TESTS})
    target_link_libraries(${name}_tests PRIVATE tandem_${name} gtest_main gmock)
    if(NOT TANDEM_SANITIZE)  # Optimising what tests do themselves takes longer than it saves.
      target_compile_options(${name}_tests PRIVATE -O1)
    endif()
    if(CMAKE_CROSSCOMPILING_EMULATOR)
      target_compile_definitions(${name}_tests PRIVATE TANDEM_EMULATED)
    endif()
    tandem_sanitized(${name}_tests ${MODULE_OPTIMISED})
    # Both are true only in a developer's checkout; tests that need them print why they are skipped elsewhere.
    target_compile_definitions(${name}_tests PRIVATE
      TANDEM_SHARED_DATA="${CMAKE_SOURCE_DIR}/../../shared/data" TANDEM_MEDIA="${CMAKE_SOURCE_DIR}/../media"
      TANDEM_SOURCE="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_tests)
    # Modules come lowest first, and the higher ones test longer: these start first, so that none is left over alone.
    get_property(tested GLOBAL PROPERTY TANDEM_TESTED_MODULES)
    list(APPEND tested ${name})
    set_property(GLOBAL PROPERTY TANDEM_TESTED_MODULES "${tested}")
    list(LENGTH tested rank)
    set_tests_properties(${name} PROPERTIES COST ${rank})
  endif()
endfunction()
