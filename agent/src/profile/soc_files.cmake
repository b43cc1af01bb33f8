# Makes ${CMAKE_CURRENT_BINARY_DIR}/soc_files.gen.cc from agent/soc/*.json.
file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/soc/*.json")
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(id "${file}" NAME_WE)
  file(READ "${file}" json)
  string(APPEND entries "    SocFile{\"${id}\", R\"soc(${json})soc\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/soc_files.gen.cc" @ONLY CONTENT "#include \"profile/soc_files.h\"

#include <array>

namespace tandem {
namespace {

constexpr auto kFiles = std::to_array<SocFile>({
@entries@});

}  // namespace

std::span<const SocFile> soc_files() { return kFiles; }

}  // namespace tandem
")
