#include "hookctl/export_cursor.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hookctl/input_file.h"
#include "hookctl/output.h"
#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hookctl {
namespace {

constexpr char kVersion[] = "hookctl_export";
constexpr int64_t kNewest = 1;

// The members that are texts, with their names in the file.
template <typename Cursor>
std::vector<std::pair<const char*, decltype(&std::declval<Cursor&>().begin)>> Texts(Cursor& cursor) {
  return {{"command", &cursor.identity.command},
          {"project", &cursor.identity.project},
          {"filter", &cursor.identity.filter},
          {"format", &cursor.identity.format},
          {"begin", &cursor.begin},
          {"cursor", &cursor.cursor},
          {"output_check", &cursor.check}};
}

std::string Encode(const ExportCursor& cursor) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key(kVersion);
  writer.Int64(kNewest);
  for (const auto& [name, text] : Texts(cursor)) {
    writer.Key(name);
    writer.String(text->data(), static_cast<rapidjson::SizeType>(text->size()));
  }
  writer.Key("output_bytes");
  writer.Int64(cursor.bytes);
  writer.EndObject();
  return absl::StrCat(absl::string_view(buffer.GetString(), buffer.GetSize()), "\n");
}

bool Decode(const std::string& text, ExportCursor& cursor) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  const auto is_int = [&](const char* name) { return document.HasMember(name) && document[name].IsInt64(); };
  if (!is_int(kVersion) || document[kVersion].GetInt64() != kNewest) return false;
  for (const auto& [name, value] : Texts(cursor)) {
    if (!document.HasMember(name) || !document[name].IsString()) return false;
    value->assign(document[name].GetString(), document[name].GetStringLength());
  }
  if (!is_int("output_bytes") || document["output_bytes"].GetInt64() < -1) return false;
  cursor.bytes = document["output_bytes"].GetInt64();
  return true;
}

absl::Status CheckIdentity(const std::string& path, const ExportIdentity& found,
                           const ExportIdentity& wanted) {
  const auto differs = [&](absl::string_view what, const std::string& is, const std::string& want) {
    return absl::InvalidArgumentError(
        absl::StrCat("the cursor file ", Printable(path), " belongs to another export: its ", what, " is ",
                     is.empty() ? "empty" : Printable(is), ", not ", want.empty() ? "empty" : Printable(want),
                     "; use another --cursor-file for this one"));
  };
  if (found.command != wanted.command) return differs("command", found.command, wanted.command);
  if (found.project != wanted.project) return differs("project", found.project, wanted.project);
  if (found.filter != wanted.filter) return differs("filter", found.filter, wanted.filter);
  if (found.format != wanted.format) return differs("format", found.format, wanted.format);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExportCursor> ReadCursorFile(const std::string& path, const ExportIdentity& identity) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return absl::NotFoundError("there is no cursor file");
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the cursor file ", Printable(path), " cannot be read: ", text.status().message()));
  }
  ExportCursor cursor;
  if (!Decode(*text, cursor)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the cursor file ", Printable(path),
                     " is damaged, or is not one: delete it and the output to begin again"));
  }
  const absl::Status same = CheckIdentity(path, cursor.identity, identity);
  if (!same.ok()) return same;
  return cursor;
}

absl::Status WriteCursorFile(const std::string& path, const ExportCursor& cursor) {
  const std::string temporary = absl::StrCat(path, ".new");
  const std::string text = Encode(cursor);
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool written = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 fdatasync(file) == 0;
  if (file >= 0) written = close(file) == 0 && written;
  if (written && rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the cursor file ", Printable(path), " cannot be written: ", std::strerror(errno)));
}

std::string TailCheck(absl::string_view tail) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(tail.data()), tail.size(), digest);
  constexpr size_t kShown = 8;
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), kShown));
}

}  // namespace hookctl
