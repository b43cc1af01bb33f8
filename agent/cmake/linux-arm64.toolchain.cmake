# Static AArch64 Linux binaries: they run on phones too (CPU only) and, here, under qemu.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
find_program(CMAKE_CXX_COMPILER NAMES aarch64-linux-gnu-g++-12 aarch64-linux-gnu-g++ REQUIRED)
find_program(TANDEM_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(TANDEM_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${TANDEM_QEMU};-cpu;max")
endif()
# The libraries are header-only, so the host's copies serve every target.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
