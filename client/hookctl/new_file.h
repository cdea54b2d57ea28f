// A file that gets its name once it is complete, and is removed if it never is. Not thread-safe; blocks on
// the file system.
#ifndef HOOKCTL_NEW_FILE_H_
#define HOOKCTL_NEW_FILE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookctl {

class NewFile {
 public:
  // Opens a file in the same directory, which only its owner can read.
  explicit NewFile(std::string name);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // These set errno if they fail.
  bool opened() const { return descriptor_ >= 0; }
  bool Write(absl::string_view data);
  // Makes the file durable and gives it its name, in place of an older file.
  bool Finish();

 private:
  const std::string name_;
  std::string unfinished_;
  const int descriptor_;
  bool finished_ = false;
};

}  // namespace hookctl

#endif  // HOOKCTL_NEW_FILE_H_
