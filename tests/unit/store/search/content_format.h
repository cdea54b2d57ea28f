// Events for tests of the search: text of lines "field=value", where a number has a # before it. No state.
#ifndef HOOKD_TESTS_UNIT_STORE_SEARCH_CONTENT_FORMAT_H_
#define HOOKD_TESTS_UNIT_STORE_SEARCH_CONTENT_FORMAT_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "store/search/content.h"
#include "store/search/indexer.h"

namespace hookd {

inline constexpr std::pair<const char*, ContentField> kTestFields[] = {
    {"user", ContentField::kUserId},       {"email", ContentField::kUserEmail},
    {"message", ContentField::kMessageId}, {"campaign", ContentField::kCampaignId},
    {"name", ContentField::kCampaignName},
};

// A search::ContentReader of such events.
inline void ReadTestContent(absl::string_view event, search::ContentSink sink) {
  for (absl::string_view line : absl::StrSplit(event, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    absl::string_view value = parts.second;
    const bool is_number = absl::ConsumePrefix(&value, "#");
    for (const auto& [name, field] : kTestFields) {
      if (parts.first == name) sink(field, is_number, value);
    }
  }
}

// A key to search for, such as "user=#5".
inline ContentKey TestKey(absl::string_view line) {
  ContentKey key;
  ReadTestContent(line, [&](ContentField field, bool is_number, absl::string_view value) {
    key = {.field = field, .is_number = is_number, .value = std::string(value)};
  });
  return key;
}

// Of stores in tests: a search index with small segments.
inline search::Indexer::Options TestSearchOptions() {
  return {.read_content = ReadTestContent, .run_events = 8, .merged_events = 32};
}

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_SEARCH_CONTENT_FORMAT_H_
