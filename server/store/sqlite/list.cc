// The part of reads.h that lists deliveries.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "store/delivery_sql.h"
#include "store/sqlite/reads.h"

namespace hookd::sqlite {
namespace {

constexpr char kOfProject[] = "project = (SELECT key FROM projects WHERE name = ?1)";
constexpr char kInRange[] = " AND d.key BETWEEN ?2 AND ?3";

// How many pages a list without an index of its own examines first: usually enough.
constexpr int kPagesExaminedFirst = 10;

std::string OwnerSql(const DeliveryQuery& query) {
  return query.webhook_id.has_value() ? "webhook_key = ?1" : kOfProject;
}

std::string TypeSql(const DeliveryQuery& query) {
  return query.event_type.has_value() ? " AND d.event_type = ?5" : "";
}

// The newest keys of pending deliveries, by their index, which is sorted by webhook: those without an attempt
// by their keys, at most a page of each webhook; the few that are retried by their times.
std::string PendingKeysSql(const DeliveryQuery& query) {
  const std::string of_type = TypeSql(query);
  const std::string webhooks = query.webhook_id.has_value() ? "key = ?1" : kOfProject;
  const auto of_webhook = [](absl::string_view next_attempt_time) {
    return absl::StrCat(
        "deliveries d INDEXED BY deliveries_waiting WHERE d.webhook_key = o.key AND d.state = 1 "
        "AND d.next_attempt_time ",
        next_attempt_time);
  };
  return absl::StrCat("SELECT d.key FROM webhooks o CROSS JOIN ", of_webhook("IS NULL"), of_type, " AND o.",
                      webhooks, " AND d.key BETWEEN max(?2, ifnull((SELECT d.key FROM ",
                      of_webhook("IS NULL"), of_type, kInRange,
                      " ORDER BY d.key DESC LIMIT 1 OFFSET ?4 - 1), 0)) AND ?3 "
                      "UNION ALL SELECT d.key FROM webhooks o CROSS JOIN ",
                      of_webhook("IS NOT NULL"), of_type, " AND o.", webhooks, kInRange);
}

// The newest keys of any state and type. The index is sorted by type and then by key: merges one run for each
// type.
std::string KeysOfAnyTypeSql(const DeliveryQuery& query) {
  std::string runs;
  for (int type = 1; type <= kLastEventType; ++type) {
    absl::StrAppend(&runs, type == 1 ? "" : " UNION ALL ", "SELECT d.key FROM deliveries d WHERE d.",
                    OwnerSql(query), " AND d.event_type = ", type, kInRange);
  }
  return runs;
}

// From the index that has the matching deliveries in the order of their keys: by state for those that ended
// without success, by type for all others.
std::string FromIndexSql(const DeliveryQuery& query) {
  return absl::StrCat("INDEXED BY deliveries_", IsMissed(query) ? "missed_" : "",
                      query.webhook_id.has_value() ? "by_webhook" : "by_project");
}

// The newest keys that a list has to examine to find those that match; parameter 6 is how many.
std::string LookedAtSql(const DeliveryQuery& query) {
  constexpr char kNewest[] = " ORDER BY 1 DESC LIMIT ?6";
  if (!IsMissed(query) && !query.event_type.has_value())
    return absl::StrCat(KeysOfAnyTypeSql(query), kNewest);
  return absl::StrCat("SELECT d.key FROM deliveries d ", FromIndexSql(query), " WHERE d.", OwnerSql(query),
                      kInRange, IsMissed(query) ? StateSql(query) : TypeSql(query), kNewest);
}

// One list: of a project, or of one webhook.
class List {
 public:
  // `webhook_key` is used if the query has a webhook.
  List(Database& database, const DeliveryQuery& query, KeyRange keys, int64_t webhook_key)
      : database_(database), query_(query), keys_(keys), webhook_key_(webhook_key) {}

  // Adds the deliveries to the page.
  absl::Status Read(DeliveryPage& page) {
    int max_examined = std::min(query_.limit * kPagesExaminedFirst, query_.max_examined);
    while (true) {
      const auto found = ReadRows(max_examined);
      if (!found.ok()) return found.status();
      std::optional<int64_t> examined_to;
      if (HasNoIndex(query_) && found->size() < static_cast<size_t>(query_.limit)) {
        const auto last = ReadExaminedTo(max_examined);
        if (!last.ok()) return last.status();
        examined_to = *last;
      }
      if (examined_to.has_value() && max_examined < query_.max_examined) {
        max_examined = query_.max_examined;
        continue;
      }
      page.deliveries.insert(page.deliveries.end(), found->begin(), found->end());
      if (examined_to.has_value()) page.examined_to = std::max(page.examined_to.value_or(0), *examined_to);
      return absl::OkStatus();
    }
  }

 private:
  void Bind(Statement& select, int max_examined) {
    if (query_.webhook_id.has_value()) {
      select.Bind(1, webhook_key_);
    } else {
      select.BindText(1, query_.project);
    }
    select.Bind(2, keys_.min_key).Bind(3, keys_.max_key);
    if (query_.event_type.has_value()) select.Bind(5, *query_.event_type);
    if (HasNoIndex(query_)) select.Bind(6, max_examined);
  }

  absl::StatusOr<std::vector<Delivery>> ReadRows(int max_examined) {
    const auto select = database_.Prepare(ListDeliveriesSql(query_));
    if (!select.ok()) return select.status();
    Bind(**select, max_examined);
    (*select)->Bind(4, query_.limit);
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
    const auto select =
        database_.Prepare(absl::StrCat("SELECT count(*), min(key) FROM (", LookedAtSql(query_), ")"));
    if (!select.ok()) return select.status();
    Bind(**select, max_examined);
    const auto row = (*select)->Step();
    if (!row.ok()) return row.status();
    std::optional<int64_t> examined_to;
    if ((*select)->Int(0) == max_examined) examined_to = (*select)->Int(1);
    (*select)->Reset();
    return examined_to;
  }

  Database& database_;
  const DeliveryQuery& query_;
  const KeyRange keys_;
  const int64_t webhook_key_;
};

}  // namespace

// Parameters: 1 the project's name, or with a webhook its key; 2 least key, 3 greatest key, 4 limit, 5 event
// type, which occurs if the query has it; 6 how many to examine, which occurs if there is no index.
std::string ListDeliveriesSql(const DeliveryQuery& query) {
  constexpr char kEnd[] = " ORDER BY d.key DESC LIMIT ?4";
  const std::string rest = absl::StrCat(TypeSql(query), StateSql(query));
  const auto of_keys = [&](absl::string_view keys, absl::string_view last) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE d.key IN (", keys, last, ")");
  };
  // The few deliveries of an event are a range of keys: the + keeps SQLite from using another index.
  if (query.event_key.has_value()) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE +d.", OwnerSql(query), kInRange, rest,
                        kEnd);
  }
  if (HasNoIndex(query)) return absl::StrCat(of_keys(LookedAtSql(query), ""), rest, kEnd);
  if (!IsMissed(query) && (query.state.has_value() || !query.event_type.has_value())) {
    const bool waiting = query.state == DeliveryState::kPending;
    return absl::StrCat(
        of_keys(waiting ? PendingKeysSql(query) : KeysOfAnyTypeSql(query), " ORDER BY 1 DESC LIMIT ?4"),
        " ORDER BY d.key DESC");
  }
  return absl::StrCat(kDeliveryColumns, FromIndexSql(query), kDeliveryWebhook, "WHERE d.", OwnerSql(query),
                      kInRange, rest, kEnd);
}

absl::StatusOr<DeliveryPage> ListDeliveries(Database& database, const DeliveryQuery& query) {
  const auto keys = KeysOf(query, [&](int64_t key) { return GetEvent(database, query.project, key); });
  if (!keys.ok()) return keys.status();
  DeliveryPage page;
  if (!query.webhook_id.has_value()) {
    const absl::Status read = List(database, query, *keys, 0).Read(page);
    if (!read.ok()) return read;
    return page;
  }
  // Reads a page of each webhook that has or had the id, usually one, and keeps the newest.
  const auto webhooks = WebhooksThatHadId(database, query.project, *query.webhook_id);
  if (!webhooks.ok()) return webhooks.status();
  for (int64_t webhook : *webhooks) {
    const absl::Status read = List(database, query, *keys, webhook).Read(page);
    if (!read.ok()) return read;
  }
  page.SortAndTrim(query.limit);
  return page;
}

}  // namespace hookd::sqlite
