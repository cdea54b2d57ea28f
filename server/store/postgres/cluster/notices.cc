#include "store/postgres/cluster/notices.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hookd {
namespace {

// PostgreSQL's limit is 8,000 with what it adds. This leaves room for a line's beginning with the longest
// name.
constexpr size_t kMaxBytes = 7900;
constexpr size_t kMaxKeyBytes = 21;

}  // namespace

void PostgresNotices::Arrived(const std::string& project, int64_t webhook_key, int64_t key) {
  Cluster::Arrival& arrival = arrivals_[webhook_key];
  if (arrival.keys.empty()) {
    arrival.project = project;
    arrival.webhook_key = webhook_key;
  }
  arrival.keys.push_back(key);
}

void PostgresNotices::WaitsAgain(const std::string& project, int64_t webhook_key, absl::Time due) {
  PostgresNotice::WaitAgain& again = wait_again_[webhook_key];
  ++again.count;
  again.project = project;
  again.webhook_key = webhook_key;
  again.due = due;
}

// A letter and its fields a line. Keys of a line are written as the difference to the previous one.
std::vector<std::string> PostgresNotices::Take() {
  std::vector<std::string> texts;
  std::string text;
  const auto make_room = [&](size_t bytes) {
    if (text.size() + bytes <= kMaxBytes) return false;
    texts.push_back(std::exchange(text, ""));
    return true;
  };
  for (const auto& [webhook_key, arrival] : arrivals_) {
    const std::string begin = absl::StrCat("a ", arrival.project, " ", webhook_key);
    make_room(begin.size() + kMaxKeyBytes + 1);
    text += begin;
    int64_t last = 0;
    for (const int64_t key : arrival.keys) {
      if (make_room(kMaxKeyBytes + 1)) {
        text = begin;
        last = 0;
      }
      absl::StrAppend(&text, " ", key - last);
      last = key;
    }
    text += '\n';
  }
  for (const auto& [webhook_key, again] : wait_again_) {
    const std::string line = absl::StrCat("w ", again.project, " ", webhook_key, " ", again.count, " ",
                                          absl::ToUnixMicros(again.due), "\n");
    make_room(line.size());
    text += line;
  }
  if (configuration_) {
    make_room(2);
    text += "c\n";
  }
  for (const PostgresNotice::Known& known : known_) {
    const std::string line =
        absl::StrCat("k ", known.slot, " ", known.webhook_key, " ", known.revision, "\n");
    make_room(line.size());
    text += line;
  }
  if (!text.empty()) texts.push_back(std::move(text));
  arrivals_.clear();
  wait_again_.clear();
  known_.clear();
  configuration_ = false;
  return texts;
}

PostgresNotice ReadNotice(absl::string_view text) {
  PostgresNotice notice;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ');
    std::vector<int64_t> numbers;
    for (size_t i = 2; i < fields.size(); ++i) {
      if (int64_t number = 0; absl::SimpleAtoi(fields[i], &number)) numbers.push_back(number);
    }
    notice.configuration |= fields[0] == "c";
    notice.nodes |= fields[0] == kNodesNotice;
    if (int slot = 0; fields[0] == "k" && numbers.size() == 2 && absl::SimpleAtoi(fields[1], &slot)) {
      notice.known.push_back({slot, numbers[0], numbers[1]});
    }
    if (fields[0] == "a" && numbers.size() > 1) {
      Cluster::Arrival arrival{.project = fields[1], .webhook_key = numbers[0], .keys = {}};
      int64_t key = 0;
      for (size_t i = 1; i < numbers.size(); ++i) arrival.keys.push_back(key += numbers[i]);
      notice.arrivals.push_back(std::move(arrival));
    } else if (fields[0] == "w" && numbers.size() == 3) {
      notice.wait_again.push_back({.project = fields[1],
                                   .webhook_key = numbers[0],
                                   .count = numbers[1],
                                   .due = absl::FromUnixMicros(numbers[2])});
    }
  }
  return notice;
}

}  // namespace hookd
