// For sanitizer runs of tests that use PoCL, by linking this file. PoCL and LLVM inside it are not built with
// sanitizers, and nothing in here hides a report whose code is ours.
//   leak: PoCL keeps its device, its compiler and what they allocated until the process ends.
//   race, mutex, thread: its locks of its own make (atomics in code that is not instrumented) look like
//   none.
//   alternate signal stack: LLVM sets one of its own in threads of ours, which AddressSanitizer would unmap.
#if defined(TANDEM_SANITIZES_ADDRESS)
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "use_sigaltstack=0"; }

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpocl\nleak:libLLVM\nleak:libclang-cpp\n";
}
#endif

#if defined(TANDEM_SANITIZES_THREAD)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:libpocl\nrace:libLLVM\nmutex:libpocl\nthread:libpocl\n";
}
#endif
