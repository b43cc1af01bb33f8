# Thin wrapper around the NDK's own toolchain file, so that a missing NDK is one clear sentence.
if(NOT DEFINED ENV{ANDROID_NDK_HOME} OR NOT EXISTS "$ENV{ANDROID_NDK_HOME}/build/cmake/android.toolchain.cmake")
  message(FATAL_ERROR "The android-arm64 preset needs the Android NDK: install it and set ANDROID_NDK_HOME to its folder.")
endif()
include("$ENV{ANDROID_NDK_HOME}/build/cmake/android.toolchain.cmake")
