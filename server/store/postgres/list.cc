// The part of reads.h that lists deliveries.
//
// Parameters of the statements: $1 the key of the project or webhook, $2 least key, $3 greatest key, $4
// limit, $5 how many to examine, of a part that is sifted; $6 to $10 as kConditions has them; $11 the event
// type, if the filter has one alone. The indexes are on (key + 0); the condition on the key itself chooses
// the partition.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/macros.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/delivery_sql.h"
#include "store/postgres/partitions.h"
#include "store/postgres/reads.h"

namespace hookd::postgres {
namespace {

using Source = ListPart::Source;

// Above so many webhooks, such as those of an id that was used again and again, a page examines so many
// deliveries of the project instead: a statement for each webhook and day would take seconds.
constexpr size_t kMaxOwners = 32;
constexpr int kExaminedOfMany = 5000;

constexpr char kInRange[] = " AND d.key BETWEEN $2 AND $3";
// See ListMasks.
constexpr char kConditions[] =
    " AND ($6 >> d.event_type) & 1 = 1 AND ($7 >> d.state) & 1 = 1 AND ($8 >> d.error_class) & 1 = 1 "
    "AND (($9 >> (d.response_status / 100)) & 1 = 1 OR d.response_status = ANY ($10::bigint[]))";

// Of the few pending deliveries of a project, one index has those of each webhook.
absl::string_view OwnerSql(const DeliveryFilter& filter, const ListPart& part) {
  if (!filter.webhook_ids.empty()) return "d.webhook_key = $1";
  if (part.source != Source::kPending) return "d.project = $1";
  return "d.webhook_key IN (SELECT key FROM webhooks WHERE project = $1)";
}

// The newest deliveries of a part, at most `limit`, in the order of the index. `place` is the column that
// they are sorted by.
std::string NewestSql(const DeliveryFilter& filter, const ListPart& part, absl::string_view limit) {
  const auto newest = [&](absl::string_view which) {
    return absl::StrCat("SELECT d.*, (d.key + 0) AS place FROM deliveries d WHERE ", OwnerSql(filter, part),
                        kInRange, " AND (d.key + 0) BETWEEN $2 AND $3", which,
                        " ORDER BY (d.key + 0) DESC LIMIT ", limit);
  };
  if (part.source == Source::kPending) return newest(" AND d.state = 1");
  // As a literal, which the partial index requires.
  if (part.source == Source::kMissed) {
    return newest(absl::StrCat(" AND d.state = ", static_cast<int>(part.state)));
  }
  if (filter.event_types.size() == 1) return newest(" AND d.event_type = $11");
  // The index is sorted by type and then by key: merges one run for each type of the filter.
  std::string runs;
  for (int type = 1; type <= kLastEventType; ++type) {
    absl::StrAppend(&runs, type == 1 ? "(" : " UNION ALL (",
                    newest(absl::StrCat(" AND d.event_type = ", type, " AND ($6 >> ", type, ") & 1 = 1")),
                    ")");
  }
  return absl::StrCat("SELECT * FROM (", runs, ") d ORDER BY place DESC LIMIT ", limit);
}

// What a list reads: its parts, each with the range of its keys, of each owner.
struct Lists {
  std::vector<std::pair<ListPart, KeyRange>> parts;
  std::vector<int64_t> owners;  // keys of webhooks or of the project
  KeyRange keys = {.min_key = std::numeric_limits<int64_t>::max(), .max_key = 0};  // all of these
};

absl::StatusOr<Lists> ReadLists(PostgresConnection& connection, const DeliveryQuery& query) {
  Lists lists;
  for (const ListPart& part : PartsOf(query.filter)) {
    KeyRange keys = KeysOf(query.filter);
    if (part.source == Source::kEvent) {
      const auto event = GetEvent(connection, query.project, part.event_key);
      if (absl::IsNotFound(event.status())) continue;
      if (!event.ok()) return event.status();
      keys = KeysOf(*event, keys);
    }
    if (keys.min_key > keys.max_key) continue;
    lists.parts.emplace_back(part, keys);
    lists.keys = {.min_key = std::min(lists.keys.min_key, keys.min_key),
                  .max_key = std::max(lists.keys.max_key, keys.max_key)};
  }
  if (!query.filter.webhook_ids.empty()) {
    // Usually one.
    HOOKD_ASSIGN_OR_RETURN(lists.owners,
                           WebhooksThatHadIds(connection, query.project, query.filter.webhook_ids));
    return lists;
  }
  HOOKD_ASSIGN_OR_RETURN(const auto project, connection.Query("SELECT key FROM projects WHERE name = $1",
                                                              PostgresParameters().Text(query.project)));
  for (int i = 0; i < project.size(); ++i) lists.owners.push_back(project.Int(i, 0));
  return lists;
}

// Reads lists one day after another.
class DayReader {
 public:
  DayReader(PostgresConnection& connection, const DeliveryQuery& query)
      : connection_(connection), query_(query), masks_(query.filter) {}

  // Adds the deliveries of one list with these keys to the page. Examines at most `max_examined`, at least 1;
  // returns about how many it did.
  absl::StatusOr<int64_t> Read(const ListPart& part, int64_t owner, const KeyRange& keys,
                               int64_t max_examined, DeliveryPage& page) {
    const DeliveryFilter& filter = query_.filter;
    const int64_t limit = std::min<int64_t>(query_.limit, max_examined);
    const auto parameters = [&] {
      PostgresParameters bound;
      bound.Int(owner).Int(keys.min_key).Int(keys.max_key).Int(limit).Int(max_examined);
      bound.Int(masks_.event_types).Int(masks_.states).Int(masks_.error_classes).Int(masks_.status_classes);
      bound.Ints(masks_.statuses).Int(filter.event_types.empty() ? 0 : filter.event_types.front());
      return bound;
    };
    const auto rows = connection_.Query(ListDeliveriesSql(filter, part), parameters());
    if (!rows.ok()) return rows.status();
    for (int i = 0; i < rows->size(); ++i) page.deliveries.push_back(ReadDelivery(*rows, i));
    if (rows->size() == limit && limit < query_.limit) {
      page.examined_to = std::max(page.examined_to.value_or(0), page.deliveries.back().key);
    }
    if (!IsSifted(filter, part) || rows->size() == limit) return rows->size();
    const auto looked = connection_.Query(
        absl::StrCat("SELECT count(*), min(key) FROM (", NewestSql(filter, part, "$5"), ") d"), parameters());
    if (!looked.ok()) return looked.status();
    if (looked->Int(0, 0) == max_examined) {
      page.examined_to = std::max(page.examined_to.value_or(0), looked->Int(0, 1));
    }
    return looked->Int(0, 0);
  }

 private:
  PostgresConnection& connection_;
  const DeliveryQuery& query_;
  const ListMasks masks_;
};

}  // namespace

std::string ListDeliveriesSql(const DeliveryFilter& filter, const ListPart& part) {
  const std::string select = absl::StrCat("SELECT ", kDeliveryColumns);
  constexpr char kWebhook[] = " d LEFT JOIN webhooks w ON w.key = d.webhook_key WHERE ";
  if (part.source == Source::kEvent) {
    return absl::StrCat(select, " FROM deliveries", kWebhook, OwnerSql(filter, part), kInRange, kConditions,
                        " ORDER BY (d.key + 0) DESC LIMIT $4");
  }
  const bool sifted = IsSifted(filter, part);
  return absl::StrCat(select, " FROM (", NewestSql(filter, part, sifted ? "$5" : "$4"), ")", kWebhook, "true",
                      sifted ? kConditions : "", " ORDER BY d.place DESC LIMIT $4");
}

// The page of a list of many webhooks: the deliveries of the project that are theirs.
static absl::StatusOr<DeliveryPage> ListOfMany(PostgresConnection& connection, const DeliveryQuery& query,
                                               const std::vector<int64_t>& owners) {
  DeliveryQuery of_project = query;
  of_project.filter.webhook_ids.clear();
  of_project.limit = std::max(query.limit, std::min(query.max_examined, kExaminedOfMany));
  HOOKD_ASSIGN_OR_RETURN(DeliveryPage page, ListDeliveries(connection, of_project));
  if (page.deliveries.size() == static_cast<size_t>(of_project.limit)) {
    page.examined_to = page.deliveries.back().key;
  }
  const WebhookKeys webhooks(owners.begin(), owners.end());
  KeepWebhooks(&webhooks, query.limit, page.deliveries);
  if (page.deliveries.size() == static_cast<size_t>(query.limit)) page.examined_to.reset();
  return page;
}

absl::StatusOr<DeliveryPage> ListDeliveries(PostgresConnection& connection, const DeliveryQuery& query) {
  const auto lists = ReadLists(connection, query);
  if (!lists.ok()) return lists.status();
  DeliveryPage page;
  if (lists->parts.empty() || lists->owners.empty()) return page;
  if (lists->owners.size() > kMaxOwners) return ListOfMany(connection, query, lists->owners);
  const auto days = Partitions::List(connection, lists->keys.min_key, lists->keys.max_key);
  if (!days.ok()) return days.status();
  // From the newest day on, until the page is full: reads a page of each list, and keeps the newest.
  DayReader reader(connection, query);
  int64_t left = query.max_examined;
  for (const Partition& day : *days) {
    if (day.outcomes_only) continue;
    const int64_t max_examined = ExaminedOfEach(left, lists->owners.size() * lists->parts.size());
    for (const int64_t owner : lists->owners) {
      for (const auto& [part, all] : lists->parts) {
        const KeyRange keys = {.min_key = std::max(all.min_key, day.first_key),
                               .max_key = std::min(all.max_key, day.end_key - 1)};
        if (keys.min_key > keys.max_key) continue;
        const auto examined = reader.Read(part, owner, keys, max_examined, page);
        if (!examined.ok()) return examined.status();
        left -= *examined;
        page.SortAndTrim(query.limit);
      }
    }
    const bool full = page.deliveries.size() == static_cast<size_t>(query.limit);
    if (left <= 0 && !full && !page.examined_to.has_value()) {
      page.examined_to = std::max(lists->keys.min_key, day.first_key);
    }
    if (full || page.examined_to.has_value()) break;
  }
  return page;
}

absl::StatusOr<std::vector<int64_t>> WebhooksThatHadIds(PostgresConnection& connection,
                                                        const std::string& project,
                                                        const std::vector<std::string>& ids) {
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection.Query("SELECT w.key FROM webhooks w JOIN projects p ON p.key = w.project WHERE p.name = $1 "
                       "AND w.id = ANY ($2::text[])",
                       PostgresParameters().Text(project).Texts(ids)));
  std::vector<int64_t> keys;
  keys.reserve(static_cast<size_t>(rows.size()));
  for (int i = 0; i < rows.size(); ++i) keys.push_back(rows.Int(i, 0));
  return keys;
}

absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(PostgresConnection& connection, int64_t project,
                                                       const Event& event, const DeliveryQuery& query,
                                                       const WebhookKeys* webhooks) {
  ABSL_ASSERT(query.filter.webhook_ids.empty() && query.content.empty());
  const int all = std::max(event.webhook_count, 1);
  DeliveryQuery of_event = query;
  if (webhooks != nullptr) of_event.limit = all;
  DeliveryPage page;
  HOOKD_RETURN_IF_ERROR(DayReader(connection, of_event)
                            .Read({.source = Source::kEvent, .event_key = event.key}, project,
                                  KeysOf(event, KeysOf(query.filter)), std::max(all, of_event.limit), page)
                            .status());
  KeepWebhooks(webhooks, query.limit, page.deliveries);
  return std::move(page.deliveries);
}

}  // namespace hookd::postgres
