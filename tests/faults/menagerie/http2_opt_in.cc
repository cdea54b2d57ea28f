#include "tests/faults/menagerie/http2_opt_in.h"

#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/support/server_process.h"

namespace hookd {
namespace {

constexpr char kFlag[] = "--egress_http2";

// The output of tests/support/newer_libcurl; both streams if it fails.
bool RunNewerLibcurl(std::string& output) {
  const std::string command =
      absl::StrCat(HOOKD_SOURCE_DIR "/tests/support/newer_libcurl " HOOKD_BINARY_DIR "/libcurl-backports ",
                   HookdProgram(), " 2>&1");
  std::FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return false;
  char buffer[4096];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) output.append(buffer, n);
  absl::StripAsciiWhitespace(&output);
  return pclose(pipe) == 0;
}

Http2OptIn FindOut() {
  Http2OptIn opt_in{.reason = {}, .flags = {kFlag}, .environment = {}};
  if (RunHookd({"--help"}).output.find(kFlag) == std::string::npos) {
    opt_in.reason = absl::StrCat("skipped: this hookd has no ", kFlag);
    return opt_in;
  }
  std::string libcurl;
  if (!RunNewerLibcurl(libcurl)) {
    opt_in.reason = absl::StrCat("skipped: ", libcurl);
    return opt_in;
  }
  opt_in.environment = {absl::StrCat("LD_LIBRARY_PATH=", libcurl)};
  return opt_in;
}

}  // namespace

const Http2OptIn& GetHttp2OptIn() {
  static const Http2OptIn opt_in = FindOut();
  return opt_in;
}

}  // namespace hookd
