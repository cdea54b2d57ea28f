// The part of reads.h that lists deliveries.
//
// Parameters of the statements: 1 the project's name, or with webhooks the key of one; 2 least key, 3
// greatest key; 4 limit; 5 how many to examine, of a part that is sifted; 6 to 10 as kConditions has them; 11
// the event type, if the filter has one alone.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/macros.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "store/delivery_sql.h"
#include "store/sqlite/reads.h"

namespace hookd::sqlite {
namespace {

using Source = ListPart::Source;

constexpr char kOfProject[] = "project = (SELECT key FROM projects WHERE name = ?1)";
constexpr char kInRange[] = " AND d.key BETWEEN ?2 AND ?3";
// See ListMasks.
constexpr char kConditions[] =
    " AND (?6 >> d.event_type) & 1 AND (?7 >> d.state) & 1 AND (?8 >> d.error_class) & 1 "
    "AND ((?9 >> (d.response_status / 100)) & 1 OR d.response_status IN (SELECT value FROM json_each(?10)))";

// How many pages a list of a part that is sifted examines first: usually enough.
constexpr int kPagesExaminedFirst = 10;

std::string OwnerSql(const DeliveryFilter& filter) {
  return filter.webhook_ids.empty() ? kOfProject : "webhook_key = ?1";
}

bool HasOneType(const DeliveryFilter& filter) { return filter.event_types.size() == 1; }

// The newest keys of pending deliveries, by their index, which is sorted by webhook: those without an attempt
// by their keys, at most `limit` of each webhook; the few that are retried by their times.
std::string PendingKeysSql(const DeliveryFilter& filter, absl::string_view limit) {
  const std::string webhooks = filter.webhook_ids.empty() ? kOfProject : "key = ?1";
  const auto of_webhook = [](absl::string_view next_attempt_time) {
    return absl::StrCat(
        "deliveries d INDEXED BY deliveries_waiting WHERE d.webhook_key = o.key AND d.state = 1 "
        "AND d.next_attempt_time ",
        next_attempt_time);
  };
  return absl::StrCat("SELECT d.key FROM webhooks o CROSS JOIN ", of_webhook("IS NULL"), " AND o.", webhooks,
                      " AND d.key BETWEEN max(?2, ifnull((SELECT d.key FROM ", of_webhook("IS NULL"),
                      kInRange, " ORDER BY d.key DESC LIMIT 1 OFFSET ", limit,
                      " - 1), 0)) AND ?3 UNION ALL SELECT d.key FROM webhooks o CROSS JOIN ",
                      of_webhook("IS NOT NULL"), " AND o.", webhooks, kInRange);
}

// The newest keys of any state. The index is sorted by type and then by key: merges one run for each type of
// the filter.
std::string KeysOfTypesSql(const DeliveryFilter& filter) {
  std::string runs;
  for (int type = 1; type <= kLastEventType; ++type) {
    absl::StrAppend(&runs, type == 1 ? "" : " UNION ALL ", "SELECT d.key FROM deliveries d WHERE d.",
                    OwnerSql(filter), " AND d.event_type = ", type, " AND (?6 >> ", type, ") & 1", kInRange);
  }
  return runs;
}

// From the index that has the deliveries of the part in the order of their keys.
std::string FromIndexSql(const DeliveryFilter& filter, const ListPart& part) {
  return absl::StrCat("INDEXED BY deliveries_", part.source == Source::kMissed ? "missed_" : "",
                      filter.webhook_ids.empty() ? "by_project" : "by_webhook");
}

// The state as a literal, which the partial index requires, or the event type.
std::string OfIndexSql(const ListPart& part) {
  if (part.source != Source::kMissed) return " AND d.event_type = ?11";
  return absl::StrCat(" AND d.state = ", static_cast<int>(part.state));
}

// Whether the part is one run of an index.
bool IsRun(const DeliveryFilter& filter, const ListPart& part) {
  return part.source == Source::kMissed || (part.source == Source::kAnyState && HasOneType(filter));
}

// The newest keys of the part, at most `limit`.
std::string KeysSql(const DeliveryFilter& filter, const ListPart& part, absl::string_view limit) {
  std::string keys;
  if (IsRun(filter, part)) {
    keys = absl::StrCat("SELECT d.key FROM deliveries d ", FromIndexSql(filter, part), " WHERE d.",
                        OwnerSql(filter), kInRange, OfIndexSql(part));
  } else if (part.source == Source::kPending) {
    keys = PendingKeysSql(filter, limit);
  } else {
    keys = KeysOfTypesSql(filter);
  }
  return absl::StrCat(keys, " ORDER BY 1 DESC LIMIT ", limit);
}

// The list of one part: of a project, or of one webhook.
class List {
 public:
  // `webhook_key` is used if the filter has webhooks. Examines at most `max_examined` deliveries, at least 1.
  List(Database& database, const DeliveryQuery& query, const ListPart& part, KeyRange keys,
       int64_t webhook_key, int max_examined)
      : database_(database),
        query_(query),
        part_(part),
        keys_(keys),
        webhook_key_(webhook_key),
        max_examined_(max_examined),
        limit_(std::min(query.limit, max_examined)),
        sifted_(IsSifted(query.filter, part)) {}

  // Adds the deliveries to the page.
  absl::Status Read(DeliveryPage& page) {
    int max_examined = std::min(limit_ * kPagesExaminedFirst, max_examined_);
    while (true) {
      const auto found = ReadRows(max_examined);
      if (!found.ok()) return found.status();
      std::optional<int64_t> examined_to;
      if (found->size() == static_cast<size_t>(limit_) && limit_ < query_.limit) {
        examined_to = found->back().key;
        max_examined = max_examined_;  // more would not find more
      } else if (sifted_ && found->size() < static_cast<size_t>(limit_)) {
        const auto last = ReadExaminedTo(max_examined);
        if (!last.ok()) return last.status();
        examined_to = *last;
      }
      if (examined_to.has_value() && max_examined < max_examined_) {
        max_examined = max_examined_;
        continue;
      }
      page.deliveries.insert(page.deliveries.end(), found->begin(), found->end());
      if (examined_to.has_value()) page.examined_to = std::max(page.examined_to.value_or(0), *examined_to);
      return absl::OkStatus();
    }
  }

 private:
  void Bind(Statement& select, int max_examined, const ListMasks& masks) {
    if (query_.filter.webhook_ids.empty()) {
      select.BindText(1, query_.project);
    } else {
      select.Bind(1, webhook_key_);
    }
    select.Bind(2, keys_.min_key).Bind(3, keys_.max_key);
    if (sifted_) select.Bind(5, max_examined);
    if (!IsRun(query_.filter, part_) && part_.source != Source::kPending) select.Bind(6, masks.event_types);
    if (IsRun(query_.filter, part_) && part_.source == Source::kAnyState) {
      select.Bind(11, query_.filter.event_types.front());
    }
  }

  absl::StatusOr<std::vector<Delivery>> ReadRows(int max_examined) {
    const auto select = database_.Prepare(ListDeliveriesSql(query_.filter, part_));
    if (!select.ok()) return select.status();
    const ListMasks masks(query_.filter);
    const std::string statuses = absl::StrCat("[", absl::StrJoin(masks.statuses, ","), "]");
    Bind(**select, max_examined, masks);
    (*select)->Bind(4, limit_);
    if (sifted_ || part_.source == Source::kEvent) {
      (*select)
          ->Bind(6, masks.event_types)
          .Bind(7, masks.states)
          .Bind(8, masks.error_classes)
          .Bind(9, masks.status_classes)
          .BindText(10, statuses);
    }
    std::vector<Delivery> rows;
    const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
      rows.push_back(ReadDelivery(row));
      return true;
    });
    if (!read.ok()) return read;
    return rows;
  }

  // The last key that was examined, if it is not the last one.
  absl::StatusOr<std::optional<int64_t>> ReadExaminedTo(int max_examined) {
    const auto select = database_.Prepare(
        absl::StrCat("SELECT count(*), min(key) FROM (", KeysSql(query_.filter, part_, "?5"), ")"));
    if (!select.ok()) return select.status();
    Bind(**select, max_examined, ListMasks(query_.filter));
    const auto row = (*select)->Step();
    if (!row.ok()) return row.status();
    std::optional<int64_t> examined_to;
    if ((*select)->Int(0) == max_examined) examined_to = (*select)->Int(1);
    (*select)->Reset();
    return examined_to;
  }

  Database& database_;
  const DeliveryQuery& query_;
  const ListPart part_;
  const KeyRange keys_;
  const int64_t webhook_key_;
  const int max_examined_;
  const int limit_;  // of the deliveries that it finds
  const bool sifted_;
};

}  // namespace

std::string ListDeliveriesSql(const DeliveryFilter& filter, const ListPart& part) {
  constexpr char kEnd[] = " ORDER BY d.key DESC LIMIT ?4";
  // The + keeps SQLite from using another index than the range of keys.
  if (part.source == Source::kEvent) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE +d.", OwnerSql(filter), kInRange,
                        kConditions, kEnd);
  }
  const auto of_keys = [&](absl::string_view limit, absl::string_view conditions) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE d.key IN (", KeysSql(filter, part, limit),
                        ")", conditions, kEnd);
  };
  if (IsSifted(filter, part)) return of_keys("?5", kConditions);
  if (!IsRun(filter, part)) return of_keys("?4", "");
  return absl::StrCat(kDeliveryColumns, FromIndexSql(filter, part), kDeliveryWebhook, "WHERE d.",
                      OwnerSql(filter), kInRange, OfIndexSql(part), kEnd);
}

absl::StatusOr<DeliveryPage> ListDeliveries(Database& database, const DeliveryQuery& query) {
  const DeliveryFilter& filter = query.filter;
  std::vector<std::pair<ListPart, KeyRange>> parts;
  for (const ListPart& part : PartsOf(filter)) {
    KeyRange keys = KeysOf(filter);
    if (part.source == Source::kEvent) {
      const auto event = GetEvent(database, query.project, part.event_key);
      if (absl::IsNotFound(event.status())) continue;
      if (!event.ok()) return event.status();
      keys = KeysOf(*event, keys);
    }
    parts.emplace_back(part, keys);
  }
  // The project, or each webhook that has or had one of the ids: usually one.
  std::vector<int64_t> owners;
  if (filter.webhook_ids.empty()) owners.push_back(0);
  for (const std::string& id : std::set<std::string>(filter.webhook_ids.begin(), filter.webhook_ids.end())) {
    const auto webhooks = WebhooksThatHadId(database, query.project, id);
    if (!webhooks.ok()) return webhooks.status();
    owners.insert(owners.end(), webhooks->begin(), webhooks->end());
  }
  // Reads a page of each, and keeps the newest.
  const auto max_examined =
      static_cast<int>(ExaminedOfEach(query.max_examined, owners.size() * parts.size()));
  DeliveryPage page;
  for (const int64_t owner : owners) {
    for (const auto& [part, keys] : parts) {
      const absl::Status read = List(database, query, part, keys, owner, max_examined).Read(page);
      if (!read.ok()) return read;
      page.SortAndTrim(query.limit);
    }
  }
  return page;
}

absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(Database& database, const Event& event,
                                                       const DeliveryQuery& query,
                                                       const WebhookKeys* webhooks) {
  ABSL_ASSERT(query.filter.webhook_ids.empty() && query.content.empty());
  const int all = std::max(event.webhook_count, 1);
  DeliveryQuery of_event = query;
  if (webhooks != nullptr) of_event.limit = all;
  DeliveryPage page;
  HOOKD_RETURN_IF_ERROR(List(database, of_event, {.source = Source::kEvent, .event_key = event.key},
                             KeysOf(event, KeysOf(query.filter)), 0, std::max(all, of_event.limit))
                            .Read(page));
  KeepWebhooks(webhooks, query.limit, page.deliveries);
  return std::move(page.deliveries);
}

}  // namespace hookd::sqlite
