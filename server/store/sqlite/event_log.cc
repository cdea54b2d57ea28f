// The part of reads.h that reads the log of events.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/ids.h"
#include "store/sqlite/reads.h"

namespace hookd::sqlite {
namespace {

// Whether the event was sent to a webhook of the JSON array ?5. The webhooks of an event that an older
// version stored are those of its deliveries.
constexpr char kOfWebhooks[] =
    " AND CASE WHEN e.webhooks IS NULL THEN EXISTS (SELECT 1 FROM deliveries d WHERE d.key BETWEEN e.key + 1 "
    "AND "
    "e.key + e.webhook_count AND d.webhook_key IN (SELECT value FROM json_each(?5))) ELSE EXISTS (SELECT 1 "
    "FROM "
    "json_each(e.webhooks) WHERE value IN (SELECT value FROM json_each(?5))) END";

// The keys of all webhooks that have or had one of the ids, as a JSON array.
absl::StatusOr<std::string> WebhookKeyList(Database& database, const EventLogQuery& query) {
  std::vector<int64_t> keys;
  for (const std::string& id : query.webhook_ids) {
    const auto of_id = WebhooksThatHadId(database, query.project.value_or(""), id);
    if (!of_id.ok()) return of_id.status();
    keys.insert(keys.end(), of_id->begin(), of_id->end());
  }
  return absl::StrCat("[", absl::StrJoin(keys, ","), "]");
}

// The key of the query's project: 0 if there is none of that name, which no event has.
absl::StatusOr<int64_t> ProjectKey(Database& database, const std::string& project) {
  const auto select = database.Prepare("SELECT key FROM projects WHERE name = ?");
  if (!select.ok()) return select.status();
  const auto found = (*select)->BindText(1, project).Step();
  if (!found.ok()) return found.status();
  const int64_t key = *found ? (*select)->Int(0) : 0;
  (*select)->Reset();
  return key;
}

}  // namespace

// Parameters: 1 the key before the first one, 2 limit, 3 the project's key or NULL, 4 a bit for each type,
// and 5 the webhooks. The event is NULL in the rows that do not match, so that its pages are not read.
std::string ReadEventLogSql(bool of_webhooks) {
  return absl::StrCat(
      "SELECT e.key, e.type, e.webhook_count, CASE WHEN (?3 IS NULL OR e.project = ?3) AND (?4 >> e.type) & "
      "1",
      of_webhooks ? kOfWebhooks : "",
      " THEN e.event END, CASE WHEN ?3 IS NULL THEN (SELECT name FROM projects WHERE key = e.project) END "
      "FROM events e WHERE e.key > ?1 ORDER BY e.key LIMIT ?2");
}

// The only writer commits in the order of the keys: no event appears before one that was read.
absl::StatusOr<EventLogPage> ReadEventLog(Database& database, const EventLogQuery& query) {
  const auto newest = database.QueryInt("SELECT max(key) FROM events");
  if (!newest.ok()) return newest.status();
  if (query.from_end) return EventLogPage{.events = {}, .last_key = *newest, .newest_key = *newest};
  const auto project = ProjectKey(database, query.project.value_or(""));
  if (!project.ok()) return project.status();
  const bool of_webhooks = !query.webhook_ids.empty();
  const auto webhooks = WebhookKeyList(database, query);
  if (!webhooks.ok()) return webhooks.status();
  const auto select = database.Prepare(ReadEventLogSql(of_webhooks));
  if (!select.ok()) return select.status();
  const EventTypes types = query.event_types.value_or(EventTypes().set());
  (*select)->Bind(1, query.after_key).Bind(2, query.limit);
  query.project.has_value() ? (*select)->Bind(3, *project) : (*select)->BindNull(3);
  (*select)->Bind(4, static_cast<int64_t>(types.to_ullong()));
  if (of_webhooks) (*select)->BindText(5, *webhooks);
  EventLogPage page{.events = {}, .last_key = query.after_key};
  int examined = 0;
  size_t bytes = 0;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    page.last_key = row.Int(0);
    if (!row.IsNull(3)) {
      page.events.push_back({.project = query.project.has_value() ? *query.project : std::string(row.Text(4)),
                             .event = {.key = row.Int(0),
                                       .type = static_cast<int>(row.Int(1)),
                                       .event = std::string(row.Text(3)),
                                       .emit_time = TimeOfKey(row.Int(0)),
                                       .webhook_count = static_cast<int>(row.Int(2))}});
      bytes += page.events.back().event.event.size();
    }
    page.more = ++examined == query.limit || (bytes >= query.max_bytes && !page.events.empty());
    return !page.more;
  });
  if (!read.ok()) return read;
  page.newest_key = std::max(*newest, page.last_key);
  page.more = page.more && page.newest_key > page.last_key;
  return page;
}

}  // namespace hookd::sqlite
