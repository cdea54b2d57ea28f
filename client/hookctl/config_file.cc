#include "hookctl/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "command_line/command_line.h"
#include "hookctl/new_file.h"
#include "hookctl/output.h"
#include "hookctl/server_address.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/prettywriter.h"
#include "rapidjson/reader.h"
#include "rapidjson/stringbuffer.h"

namespace hookctl {
namespace {

constexpr char kTls[] = "tls";
constexpr char kServer[] = "server";
constexpr char kConsoleUrl[] = "console_url";
constexpr size_t kMaxNameBytes = 63;
// Enough for thousands of contexts. A larger file is not a configuration.
constexpr size_t kMaxConfigBytes = size_t{1} << 20U;

bool IsSetting(const std::string& name) {
  const auto& names = SettingNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Builds a Config from the tokens of RapidJSON's parser. A method returns false, and sets the error, at the
// first token that does not belong in a configuration.
class ConfigBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ConfigBuilder> {
 public:
  bool Default() { return Refuse(level_ == kSetting ? "must be a string" : "is not expected here"); }

  bool StartObject() {
    if (level_ == kFile && key_.empty()) return level_ = kTop, true;
    if (level_ == kTop && key_ == "contexts") return level_ = kContexts, true;
    if (level_ != kContexts) return Default();
    if (std::string error = CheckContextName(key_); !error.empty()) return Refuse(error);
    if (!config_.contexts.emplace(key_, Context()).second) return Refuse("is there twice");
    context_ = &config_.contexts[key_];
    level_ = kSetting;
    return true;
  }

  bool EndObject(rapidjson::SizeType) {
    level_ = static_cast<Level>(level_ - 1);
    key_.clear();
    return true;
  }

  bool StartArray() { return Default(); }

  bool Key(const char* name, rapidjson::SizeType size, bool) {
    key_.assign(name, size);
    if (level_ == kTop && key_ != "current" && key_ != "contexts") {
      return Refuse(absl::StrCat("is unknown", command_line::DidYouMean(key_, {"current", "contexts"})));
    }
    if (level_ == kSetting && !IsSetting(key_)) {
      return Refuse(absl::StrCat("is not a setting", command_line::DidYouMean(key_, SettingNames())));
    }
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string value(text, size);
    if (level_ == kTop && key_ == "current") return config_.current = value, true;
    if (level_ != kSetting) return Default();
    if (key_ == kTls) return Refuse("must be true or false");
    if (key_ == kServer) {
      if (std::string error = CheckServerAddress(value); !error.empty()) return Refuse(error);
    }
    if (key_ == kConsoleUrl) {
      if (std::string error = CheckConsoleUrl(value); !error.empty()) return Refuse(error);
    }
    (*context_)[key_] = value;
    return true;
  }

  bool Bool(bool value) {
    if (level_ != kSetting || key_ != kTls) return Default();
    (*context_)[key_] = value ? "true" : "false";
    return true;
  }

  const std::string& error() const { return error_; }
  Config& config() { return config_; }

 private:
  // The object that the parser is in.
  enum Level { kFile, kTop, kContexts, kSetting };

  bool Refuse(const std::string& problem) {
    error_ = key_.empty() ? "must be an object with \"contexts\"" : absl::StrCat("\"", key_, "\" ", problem);
    return false;
  }

  Level level_ = kFile;
  std::string key_;
  Context* context_ = nullptr;
  Config config_;
  std::string error_;
};

absl::Status SystemError(absl::string_view path, absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(path, " cannot be ", what, ": ", std::strerror(errno)));
}

// Reads an open file of at most kMaxConfigBytes.
absl::StatusOr<std::string> ReadDescriptor(int descriptor, const std::string& path) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t bytes = read(descriptor, buffer, sizeof(buffer));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return SystemError(path, "read");
    if (bytes == 0) return text;
    text.append(buffer, static_cast<size_t>(bytes));
    if (text.size() > kMaxConfigBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " is larger than 1 MiB: it is not a configuration"));
    }
  }
}

}  // namespace

const std::vector<std::string>& SettingNames() {
  static const auto* const names =
      new std::vector<std::string>{kServer, "project", "token", kTls, "cacert", "cert", "key", kConsoleUrl};
  return *names;
}

std::string CheckContextName(const std::string& name) {
  const bool good = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-' &&
                    std::all_of(name.begin(), name.end(), [](unsigned char c) {
                      return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
                    });
  return good ? "" : "is not a context name: use 1 to 63 letters, digits, dots, hyphens and underscores";
}

std::string ConfigPath() {
  constexpr char kFile[] = "hookd/hookctl.json";
  // The specification ignores a relative path.
  const char* config_home = std::getenv("XDG_CONFIG_HOME");
  if (config_home != nullptr && *config_home == '/') return absl::StrCat(config_home, "/", kFile);
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : absl::StrCat(home, "/.config/", kFile);
}

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  if (path.empty()) return Config();
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR)) return Config();
  if (descriptor < 0) return SystemError(path, "read");
  struct stat file {};
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  absl::StatusOr<std::string> text = std::string();
  if (fstat(descriptor, &file) != 0) {
    text = SystemError(path, "read");
  } else if ((file.st_mode & kOthers) != 0) {
    text = absl::FailedPreconditionError(
        absl::StrCat(path, " can contain tokens, but other users have access to it: run chmod 600 ", path));
  } else {
    text = ReadDescriptor(descriptor, path);
  }
  close(descriptor);
  if (!text.ok()) return text.status();
  return ParseConfig(*text, path);
}

absl::Status WriteConfig(const std::string& path, const Config& config) {
  if (path.empty()) return absl::UnavailableError("there is no place for the configuration: set HOME");
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  // A link, such as one into a repository of dotfiles, stays a link.
  std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) target = path;
  NewFile file(target.string());
  if (!file.opened() || !file.Write(ConfigJson(config)) || !file.Finish())
    return SystemError(path, "written");
  return absl::OkStatus();
}

absl::StatusOr<Config> ParseConfig(const std::string& text, absl::string_view path) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  ConfigBuilder builder;
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(in, builder);
  const auto error_at = [&](size_t offset, absl::string_view problem) {
    const auto end = text.begin() + static_cast<ptrdiff_t>(std::min(offset, text.size()));
    return absl::InvalidArgumentError(
        absl::StrCat(path, ", line ", std::count(text.begin(), end, '\n') + 1, ": ", problem));
  };
  if (!result) {
    // The offset of a token that was refused is behind it, and can be in the next line.
    const size_t offset =
        builder.error().empty() ? result.Offset() : std::max<size_t>(result.Offset(), 1) - 1;
    return error_at(offset,
                    builder.error().empty() ? rapidjson::GetParseError_En(result.Code()) : builder.error());
  }
  Config& config = builder.config();
  if (!config.current.empty() && config.contexts.count(config.current) == 0) {
    return error_at(text.find("\"current\""), absl::StrCat("there is no context \"", config.current, "\""));
  }
  return std::move(config);
}

std::string ConfigJson(const Config& config) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  const auto key = [&writer](const std::string& name) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  };
  writer.SetIndent(' ', 2);
  writer.StartObject();
  key("current");
  writer.String(config.current.data(), static_cast<rapidjson::SizeType>(config.current.size()));
  key("contexts");
  writer.StartObject();
  for (const auto& [name, context] : config.contexts) {
    key(name);
    writer.StartObject();
    for (const auto& [setting, value] : context) {
      key(setting);
      if (setting == kTls) {
        writer.Bool(value == "true");
      } else {
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
      }
    }
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return absl::StrCat(buffer.GetString(), "\n");
}

}  // namespace hookctl
