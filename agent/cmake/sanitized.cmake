# How the sanitizer presets compile: Clang, optimised only where much is computed, with the headers that everyone includes
# compiled once. Against GCC's -O1 that takes a fifth of the time.
if(TANDEM_SANITIZE)
  set(TANDEM_COMMON_HEADERS <nlohmann/json.hpp> <algorithm> <chrono> <cmath> <filesystem> <fstream> <functional> <map>
                            <memory> <mutex> <optional> <set> <span> <sstream> <string> <thread> <variant> <vector>)
  file(WRITE "${CMAKE_BINARY_DIR}/headers/precompiled.cc.in" "// Nothing but the headers.\n")
  foreach(kind library test)
    configure_file("${CMAKE_BINARY_DIR}/headers/precompiled.cc.in" "${CMAKE_BINARY_DIR}/headers/precompiled_${kind}.cc")
    add_library(tandem_precompiled_${kind} OBJECT "${CMAKE_BINARY_DIR}/headers/precompiled_${kind}.cc")
    target_link_libraries(tandem_precompiled_${kind} PRIVATE tandem_options tandem_libraries)
    target_precompile_headers(tandem_precompiled_${kind} PRIVATE ${TANDEM_COMMON_HEADERS})
  endforeach()
endif()

# optimised: ON or OFF. kind: library or test.
function(tandem_sanitized target optimised kind)
  if(NOT TANDEM_SANITIZE)
    return()
  endif()
  if(optimised)
    target_compile_options(${target} PRIVATE -O1)
  else()
    target_precompile_headers(${target} REUSE_FROM tandem_precompiled_${kind})
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
