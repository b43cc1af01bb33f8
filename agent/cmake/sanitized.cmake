# How the sanitizer presets compile: Clang, optimised only where much is computed, with the headers that everyone includes
# compiled once. Against GCC's -O1 that takes a fifth of the time.
if(TANDEM_SANITIZE)
  set(TANDEM_COMMON_HEADERS <nlohmann/json.hpp> <algorithm> <chrono> <cmath> <filesystem> <fstream> <functional> <map>
                            <memory> <mutex> <optional> <set> <span> <sstream> <string> <thread> <variant> <vector>)
  set(nothing "${CMAKE_BINARY_DIR}/headers/precompiled.cc")
  file(WRITE "${nothing}" "// Nothing but the headers.\n")
  add_library(tandem_precompiled OBJECT "${nothing}")
  target_link_libraries(tandem_precompiled PRIVATE tandem_options tandem_libraries)
  target_precompile_headers(tandem_precompiled PRIVATE ${TANDEM_COMMON_HEADERS})
endif()

# optimised: ON or OFF.
function(tandem_sanitized target optimised)
  if(NOT TANDEM_SANITIZE)
    return()
  endif()
  if(optimised)
    target_compile_options(${target} PRIVATE -O1)
  else()
    target_precompile_headers(${target} REUSE_FROM tandem_precompiled)
  endif()
endfunction()

# A test of ctest. The sanitizer keeps little freed memory, since tests look at what is resident, and
# leaves the threads' signal stacks alone, since PoCL's compiler sets its own.
function(tandem_test name program)
  add_test(NAME ${name} COMMAND ${program})
  if(TANDEM_SANITIZE MATCHES "address")
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=quarantine_size_mb=8:use_sigaltstack=0")
  endif()
endfunction()

# COMPILE_OPTIONS of a file with bf16 instructions.
function(tandem_bf16_flags out avx512_flags)
  list(APPEND avx512_flags -mavx512bf16)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
    list(APPEND avx512_flags -O0)  # Clang 16 crashes when it optimises a broadcast of bf16 pairs.
  endif()
  set(${out} "${avx512_flags}" PARENT_SCOPE)
endfunction()
