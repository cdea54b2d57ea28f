// What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: it feeds bytes to one part
// of hookd's and ends the process if a promise of that part is broken. Not thread-safe.
#ifndef HOOKD_TESTS_FUZZ_FUZZING_H_
#define HOOKD_TESTS_FUZZ_FUZZING_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

// Ends the process, with what was promised, if it does not hold.
#define HOOKD_PROMISE(condition)                                                   \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

inline absl::string_view FuzzText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // HOOKD_TESTS_FUZZ_FUZZING_H_
