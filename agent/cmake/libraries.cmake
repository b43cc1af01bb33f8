# Third-party libraries. All are header-only, so every target (Android too) uses the same packages.
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_path(TANDEM_PROTOZERO_INCLUDE protozero/pbf_writer.hpp REQUIRED)
find_path(TANDEM_XXHASH_INCLUDE xxhash.h REQUIRED)
find_path(TANDEM_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)

# Copies of just these headers: a cross compiler must never see the rest of the host's include folder.
set(TANDEM_HEADERS "${CMAKE_BINARY_DIR}/headers")
file(MAKE_DIRECTORY "${TANDEM_HEADERS}")
get_target_property(TANDEM_JSON_INCLUDE nlohmann_json::nlohmann_json INTERFACE_INCLUDE_DIRECTORIES)
foreach(header IN ITEMS "${TANDEM_JSON_INCLUDE}/nlohmann" "${TANDEM_PROTOZERO_INCLUDE}/protozero"
                        "${TANDEM_XXHASH_INCLUDE}/xxhash.h" "${TANDEM_CLI11_INCLUDE}/CLI")
  get_filename_component(name "${header}" NAME)
  if(NOT EXISTS "${TANDEM_HEADERS}/${name}")
    file(CREATE_LINK "${header}" "${TANDEM_HEADERS}/${name}" COPY_ON_ERROR SYMBOLIC)
  endif()
endforeach()

add_library(tandem_libraries INTERFACE)
target_include_directories(tandem_libraries SYSTEM INTERFACE "${TANDEM_HEADERS}")
target_compile_definitions(tandem_libraries INTERFACE XXH_INLINE_ALL)
target_link_libraries(tandem_libraries INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
if(TANDEM_STATIC)
  target_link_options(tandem_libraries INTERFACE -static -Wl,--eh-frame-hdr)
endif()
