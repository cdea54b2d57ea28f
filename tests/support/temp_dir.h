// A folder of a test's own, removed with all that is in it. Not thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_TEMP_DIR_H_
#define HOOKD_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace hookd {

class TempDir {
 public:
  TempDir() {
    std::string path = (std::filesystem::temp_directory_path() / "hookd-test-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_TEMP_DIR_H_
