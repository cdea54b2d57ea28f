#include "store/search/event_finder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status_macros.h"
#include "base/tuning.h"
#include "store/search/index_check.h"

namespace hookd::search {
namespace {

// How many events of the index are read together.
constexpr size_t kBatch = 32;

// How many events a scan reads first, at least and at most together: few if they are large.
constexpr int kFirstScan = 64, kMinScan = 16, kMaxScan = 1024;
constexpr size_t kScanBytes = size_t{4} * 1024 * 1024;

// How many examined events a look at an event's deliveries costs, without them: it is a statement of its own.
constexpr int kDeliveriesCost = 20;

// How many deliveries of a webhook are listed together, to find their events.
constexpr int kDeliveriesListed = 100;

template <typename T>
bool Contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

int64_t EventFinder::max_key() const {
  return query_.max_key.value_or(std::numeric_limits<int64_t>::max() - 1);
}

absl::StatusOr<std::optional<int64_t>> EventFinder::Find() {
  HOOKD_ASSIGN_OR_RETURN(const auto project, reads_.FindProject(query_.project));
  if (!project.has_value()) return std::nullopt;
  project_ = *project;
  Index index;
  if (parts_.use_index) {
    HOOKD_ASSIGN_OR_RETURN(index, reads_.ReadIndex());
    if (const absl::Status valid = CheckIndex(index); !valid.ok()) {
      parts_.on_damage(valid);
      index = Index();
    }
  }
  const bool indexed = !index.seed.empty();
  seed_ = index.seed;
  if (indexed) terms_.emplace(ReadSipKey(seed_));
  if (!query_.webhook_ids.empty() && (query_.content.empty() || !indexed)) {
    HOOKD_RETURN_IF_ERROR(FindByWebhook());
  } else {
    if (!query_.webhook_ids.empty()) {
      HOOKD_ASSIGN_OR_RETURN(webhooks_, reads_.FindWebhooks(query_.project, query_.webhook_ids));
      if (webhooks_.empty()) return std::nullopt;
    }
    HOOKD_RETURN_IF_ERROR(FindByIndex(index));
  }
  return stopped_at_;
}

absl::StatusOr<bool> EventFinder::Matches(const Event& event) {
  if (event.key < min_key() || event.key > max_key()) return false;
  if (!query_.event_types.empty() && !Contains(query_.event_types, event.type)) return false;
  const bool of_webhooks = !query_.webhook_ids.empty() && !by_webhook_;
  if (of_webhooks && event.webhook_count == 0) return false;
  if (!HasContent(parts_.read_content, event.event, query_.content)) return false;
  if (!of_webhooks) return true;
  examined_ += kDeliveriesCost + event.webhook_count;
  DeliveryQuery sent;
  sent.project = query_.project;
  sent.limit = 1;
  HOOKD_ASSIGN_OR_RETURN(const auto deliveries, reads_.ReadDeliveriesOf(project_, event, sent, &webhooks_));
  return !deliveries.empty();
}

absl::Status EventFinder::Consider(Event event) {
  const int64_t key = event.key;
  ++examined_;
  bytes_ += event.event.size();
  HOOKD_ASSIGN_OR_RETURN(const bool matches, Matches(event));
  bool more = true;
  if (matches) {
    HOOKD_ASSIGN_OR_RETURN(more, take_(std::move(event)));
  }
  has_progress_ = true;
  if (!more || examined_ >= query_.max_examined || bytes_ >= tuning::kSearchBytes || TimeIsUp()) {
    stopped_at_ = key;
  }
  return absl::OkStatus();
}

absl::Status EventFinder::ConsiderKeys(const std::vector<int64_t>& keys) {
  if (keys.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(auto events, reads_.ReadEvents(project_, keys));
  // The index may still have events that retention deleted.
  examined_ += static_cast<int>(keys.size() - events.size());
  for (Event& event : events) {
    HOOKD_RETURN_IF_ERROR(Consider(std::move(event)));
    if (stopped()) return absl::OkStatus();
  }
  has_progress_ = true;
  if (examined_ >= query_.max_examined || TimeIsUp()) stopped_at_ = keys.back();
  return absl::OkStatus();
}

absl::Status EventFinder::Scan(int64_t min_key, int64_t max_key) {
  SearchReads::Scan scan{.project = project_,
                         .event_types = query_.event_types,
                         .min_key = min_key,
                         .max_key = max_key,
                         .limit = kFirstScan};
  while (scan.min_key <= scan.max_key) {
    scan.limit = std::min(scan.limit, query_.max_examined - examined_);
    const size_t bytes_before = bytes_;
    HOOKD_ASSIGN_OR_RETURN(SearchReads::Scanned found, reads_.ScanEvents(scan));
    examined_ += found.examined - static_cast<int>(found.events.size());
    const size_t count = found.events.size();
    for (Event& event : found.events) {
      HOOKD_RETURN_IF_ERROR(Consider(std::move(event)));
      if (stopped()) return absl::OkStatus();
    }
    if (found.examined < scan.limit) return absl::OkStatus();
    has_progress_ = true;
    if (examined_ >= query_.max_examined || TimeIsUp()) {
      stopped_at_ = found.last_key;
      return absl::OkStatus();
    }
    scan.max_key = found.last_key - 1;
    const size_t size = count == 0 ? 0 : (bytes_ - bytes_before) / count;
    scan.limit =
        static_cast<int>(std::clamp<size_t>(kScanBytes / std::max<size_t>(size, 1), kMinScan, kMaxScan));
  }
  return absl::OkStatus();
}

absl::Status EventFinder::FindByWebhook() {
  by_webhook_ = true;
  DeliveryQuery deliveries;
  deliveries.project = query_.project;
  deliveries.filter.webhook_ids = query_.webhook_ids;
  deliveries.filter.event_types = query_.event_types;
  deliveries.limit = kDeliveriesListed;
  // Those of an event have keys above its own.
  deliveries.filter.min_key = min_key();
  int64_t next_event = max_key();
  // A cursor of a caller may be any key.
  if (next_event <= std::numeric_limits<int64_t>::max() - kMaxEventKeys) {
    deliveries.filter.max_key = next_event + kMaxEventKeys;
  }
  while (true) {
    HOOKD_ASSIGN_OR_RETURN(const DeliveryPage page, reads_.ListDeliveries(deliveries));
    std::vector<int64_t> keys;
    for (const Delivery& delivery : page.deliveries) {
      if (delivery.event_key > next_event || (!keys.empty() && delivery.event_key == keys.back())) continue;
      keys.push_back(delivery.event_key);
    }
    for (size_t i = 0; i < keys.size() && !stopped(); i += kBatch) {
      const auto begin = keys.begin() + static_cast<ptrdiff_t>(i);
      HOOKD_RETURN_IF_ERROR(
          ConsiderKeys({begin, begin + static_cast<ptrdiff_t>(std::min(kBatch, keys.size() - i))}));
    }
    if (stopped()) return absl::OkStatus();
    const bool full = page.deliveries.size() == kDeliveriesListed;
    if (!full && !page.examined_to.has_value()) return absl::OkStatus();
    deliveries.filter.max_key = (full ? page.deliveries.back().key : *page.examined_to) - 1;
    // An event has a lower key than its deliveries.
    next_event = std::min(next_event, *deliveries.filter.max_key);
    if (!page.deliveries.empty()) next_event = std::min(next_event, page.deliveries.back().event_key - 1);
    has_progress_ |= next_event < max_key();
    if (TimeIsUp()) {
      stopped_at_ = next_event + 1;
      return absl::OkStatus();
    }
  }
}

absl::Status EventFinder::FindByIndex(const Index& index) {
  HOOKD_RETURN_IF_ERROR(Scan(std::max(min_key(), index.position + 1), max_key()));
  int64_t examined_to = index.position + 1;
  for (const Segment& segment : index.segments) {
    if (stopped() || segment.last_key < min_key()) break;
    if (!segment.live || segment.first_key > max_key()) continue;
    if (blocks_read_ >= parts_.max_blocks || TimeIsUp()) {
      stopped_at_ = examined_to;
      break;
    }
    HOOKD_RETURN_IF_ERROR(FindInSegment(segment));
    examined_to = segment.first_key;
  }
  return absl::OkStatus();
}

absl::Status EventFinder::FindInSegment(const Segment& segment) {
  int64_t rest = std::min(segment.last_key, max_key());
  const absl::Status found = FindInSegment(segment, rest);
  if (!absl::IsDataLoss(found)) return found;
  parts_.on_damage(found);
  return Scan(std::max(segment.first_key, min_key()), rest);
}

absl::Status EventFinder::FindInSegment(const Segment& segment, int64_t& rest) {
  HOOKD_ASSIGN_OR_RETURN(auto directory, parts_.directories->Get(reads_, seed_, segment.id));
  SegmentReader reader(&reads_, segment, std::move(directory), &blocks_read_);
  std::vector<Group> groups = MakeGroups(reader);
  HOOKD_ASSIGN_OR_RETURN(const int begin, reader.CountBelow(min_key()));
  HOOKD_ASSIGN_OR_RETURN(int ordinal, reader.CountBelow(rest + 1));
  const int newest = --ordinal;
  bool within_bounds = true;
  while (ordinal >= begin && within_bounds) {
    std::vector<int64_t> keys;
    while (keys.size() < kBatch) {
      HOOKD_ASSIGN_OR_RETURN(within_bounds, Meet(groups, ordinal));
      if (!within_bounds || ordinal < begin) break;
      HOOKD_ASSIGN_OR_RETURN(const int64_t key, reader.KeyOf(ordinal));
      keys.push_back(key);
      --ordinal;
    }
    HOOKD_RETURN_IF_ERROR(ConsiderKeys(keys));
    if (stopped()) return absl::OkStatus();
    if (!keys.empty()) rest = keys.back() - 1;
  }
  if (within_bounds) return absl::OkStatus();
  int64_t examined_to = rest + 1;
  if (ordinal < newest) {
    HOOKD_ASSIGN_OR_RETURN(const int64_t next, reader.KeyOf(ordinal));
    examined_to = next + 1;
  }
  stopped_at_ = examined_to;
  return absl::OkStatus();
}

std::vector<EventFinder::Group> EventFinder::MakeGroups(SegmentReader& segment) const {
  std::vector<Group> groups;
  std::vector<ContentField> fields;
  for (const ContentKey& key : query_.content) {
    const auto known = std::find(fields.begin(), fields.end(), key.field);
    const auto group = static_cast<size_t>(known - fields.begin());
    if (known == fields.end()) {
      fields.push_back(key.field);
      groups.emplace_back();
    }
    groups[group].emplace_back(&segment, terms_->Content(project_, key.field, key.is_number, key.value));
  }
  if (!query_.event_types.empty()) {
    Group& types = groups.emplace_back();
    for (const int type : query_.event_types) types.emplace_back(&segment, terms_->Type(project_, type));
  }
  if (groups.empty()) groups.emplace_back().emplace_back(&segment, terms_->Project(project_));
  return groups;
}

absl::StatusOr<bool> EventFinder::Meet(std::vector<Group>& groups, int& ordinal) {
  for (size_t agreed = 0, next = 0; agreed < groups.size() && ordinal >= 0;
       next = (next + 1) % groups.size()) {
    if (blocks_read_ >= parts_.max_blocks || TimeIsUp()) return false;
    int greatest = -1;
    for (TermCursor& cursor : groups[next]) {
      HOOKD_ASSIGN_OR_RETURN(const int found, cursor.SeekAtMost(ordinal));
      greatest = std::max(greatest, found);
    }
    has_progress_ |= greatest < ordinal;
    agreed = greatest == ordinal ? agreed + 1 : 1;
    ordinal = greatest;
  }
  return true;
}

}  // namespace hookd::search
