#include "store/postgres/search.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/status_macros.h"
#include "store/postgres/reads.h"

namespace hookd::postgres {
namespace {

using Kind = PostgresArray::Kind;

// How many events of the log are read together: at most 32 MiB.
constexpr int kLogRows = 128;

absl::StatusOr<search::Index> ReadSearchIndex(PostgresConnection& connection) {
  connection.Queue("SELECT seed, version, next_segment, position FROM search_index");
  connection.Queue(
      "SELECT id, level, live, first_key, last_key, events FROM search_segments ORDER BY last_key DESC, id "
      "DESC");
  HOOKD_ASSIGN_OR_RETURN(const auto results, connection.Run());
  search::Index index;
  const PostgresRows& state = results[0];
  index.has_state = state.size() == 1;
  if (index.has_state) {
    index.seed = std::string(state.Text(0, 0));
    index.version = state.Int(0, 1);
    index.next_segment = state.Int(0, 2);
    index.position = state.Int(0, 3);
  }
  const PostgresRows& rows = results[1];
  for (int i = 0; i < rows.size(); ++i) {
    index.segments.push_back({.id = rows.Int(i, 0),
                              .level = static_cast<search::SegmentLevel>(rows.Int(i, 1)),
                              .live = rows.Int(i, 2) != 0,
                              .first_key = rows.Int(i, 3),
                              .last_key = rows.Int(i, 4),
                              .events = static_cast<int>(rows.Int(i, 5))});
  }
  return index;
}

absl::StatusOr<std::string> ReadSearchBlock(PostgresConnection& connection, int64_t segment, int number) {
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection.Query("SELECT data FROM search_blocks WHERE segment = $1 AND number = $2::bigint",
                       PostgresParameters().Int(segment).Int(number)));
  return rows.size() == 0 ? std::string() : std::string(rows.Text(0, 0));
}

// A row of key, type, webhook_count and event.
Event MakeEvent(const PostgresRows& rows, int row) {
  const int64_t key = rows.Int(row, 0);
  return {.key = key,
          .type = static_cast<int>(rows.Int(row, 1)),
          .event = std::string(rows.Text(row, 3)),
          .emit_time = TimeOfKey(key),
          .webhook_count = static_cast<int>(rows.Int(row, 2))};
}

void QueueSegments(PostgresConnection& connection, const std::vector<search::Segment>& segments) {
  for (const search::Segment& segment : segments) {
    connection.Queue(
        "INSERT INTO search_segments (id, level, live, first_key, last_key, events) VALUES ($1, $2::bigint, "
        "$3, $4, $5, $6::bigint) ON CONFLICT (id) DO UPDATE SET level = excluded.level, live = excluded.live",
        PostgresParameters()
            .Int(segment.id)
            .Int(static_cast<int64_t>(segment.level))
            .Bool(segment.live)
            .Int(segment.first_key)
            .Int(segment.last_key)
            .Int(segment.events));
  }
}

void QueueBlocks(PostgresConnection& connection, const std::vector<search::SegmentBlock>& blocks) {
  if (blocks.empty()) return;
  PostgresArray segments{Kind::kInts}, numbers{Kind::kInts}, datas{Kind::kBytes};
  for (const search::SegmentBlock& block : blocks) {
    segments.Add(block.segment);
    numbers.Add(int64_t{block.number});
    datas.Add(absl::string_view(block.data));
  }
  connection.Queue(
      "INSERT INTO search_blocks (segment, number, data) SELECT * FROM unnest($1::bigint[], $2::bigint[], "
      "$3::bytea[])",
      PostgresParameters().Array(segments).Array(numbers).Array(datas));
}

void QueueDeletion(PostgresConnection& connection, int64_t segment) {
  connection.Queue(
      "DELETE FROM search_blocks WHERE segment = $1 AND number IN (SELECT number FROM search_blocks WHERE "
      "segment = $1 ORDER BY number LIMIT $2)",
      PostgresParameters().Int(segment).Int(search::kDeletedBlocks));
  connection.Queue(
      "DELETE FROM search_segments WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM search_blocks WHERE segment = "
      "$1)",
      PostgresParameters().Int(segment));
}

void QueueDeletion(PostgresConnection& connection) {
  connection.Queue(
      "DELETE FROM search_blocks WHERE ctid = ANY (ARRAY(SELECT ctid FROM search_blocks ORDER BY segment, "
      "number LIMIT $1))",
      PostgresParameters().Int(search::kDeletedBlocks));
}

// Makes sure that the index has one row, whose version can be compared.
void QueueReset(PostgresConnection& connection, int64_t version) {
  // Another process that does the same, or writes, waits; searches do not.
  connection.Queue("LOCK TABLE search_index IN EXCLUSIVE MODE");
  connection.Queue(
      "DELETE FROM search_index WHERE (SELECT count(*) FROM search_index) <> 1 OR version NOT BETWEEN 0 AND "
      "$1",
      PostgresParameters().Int(search::kMaxIndexVersion));
  connection.Queue(
      "INSERT INTO search_index (seed, version, next_segment, position) SELECT '', $1, 1, 0 WHERE NOT EXISTS "
      "(SELECT 1 FROM search_index)",
      PostgresParameters().Int(version - 1));
}

}  // namespace

absl::StatusOr<search::Index> PostgresSearchReads::ReadIndex() { return ReadSearchIndex(connection_); }

absl::StatusOr<std::string> PostgresSearchReads::ReadBlock(int64_t segment, int number) {
  return ReadSearchBlock(connection_, segment, number);
}

absl::StatusOr<std::optional<int64_t>> PostgresSearchReads::FindProject(const std::string& project) {
  HOOKD_ASSIGN_OR_RETURN(const auto rows, connection_.Query("SELECT key FROM projects WHERE name = $1",
                                                            PostgresParameters().Text(project)));
  return rows.size() == 0 ? std::nullopt : std::optional(rows.Int(0, 0));
}

absl::StatusOr<search::SearchReads::Scanned> PostgresSearchReads::ScanEvents(const Scan& scan) {
  int64_t types = scan.event_types.empty() ? -1 : 0;
  for (const int type : scan.event_types) types |= int64_t{1} << type;
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.Query(
          "SELECT key, type, webhook_count, CASE WHEN project = $4 AND (($5::bigint >> type::integer) & 1) = "
          "1 THEN event END FROM events WHERE key BETWEEN $1 AND $2 ORDER BY key DESC LIMIT $3",
          PostgresParameters()
              .Int(scan.min_key)
              .Int(scan.max_key)
              .Int(scan.limit)
              .Int(scan.project)
              .Int(types)));
  Scanned scanned;
  scanned.examined = rows.size();
  if (rows.size() > 0) scanned.last_key = rows.Int(rows.size() - 1, 0);
  for (int i = 0; i < rows.size(); ++i) {
    if (!rows.IsNull(i, 3)) scanned.events.push_back(MakeEvent(rows, i));
  }
  return scanned;
}

absl::StatusOr<std::vector<Event>> PostgresSearchReads::ReadEvents(int64_t project,
                                                                   const std::vector<int64_t>& keys) {
  std::vector<Event> events;
  if (keys.empty()) return events;
  // The join looks up each key in the partition of its day alone.
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.Query(
          "SELECT e.key, e.type, e.webhook_count, e.event FROM unnest($1::bigint[]) k (key) JOIN "
          "events e ON e.key = k.key WHERE e.project = $2",
          PostgresParameters().Ints(keys).Int(project)));
  for (int i = 0; i < rows.size(); ++i) events.push_back(MakeEvent(rows, i));
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.key > b.key; });
  return events;
}

absl::StatusOr<WebhookKeys> PostgresSearchReads::FindWebhooks(const std::string& project,
                                                              const std::vector<std::string>& ids) {
  HOOKD_ASSIGN_OR_RETURN(const auto keys, WebhooksThatHadIds(connection_, project, ids));
  return WebhookKeys(keys.begin(), keys.end());
}

absl::StatusOr<std::vector<Delivery>> PostgresSearchReads::ReadDeliveriesOf(int64_t project,
                                                                            const Event& event,
                                                                            const DeliveryQuery& query,
                                                                            const WebhookKeys* webhooks) {
  return postgres::ReadDeliveriesOf(connection_, project, event, query, webhooks);
}

absl::StatusOr<DeliveryPage> PostgresSearchReads::ListDeliveries(const DeliveryQuery& query) {
  return postgres::ListDeliveries(connection_, query);
}

absl::StatusOr<search::Index> PostgresIndexTables::ReadIndex() { return ReadSearchIndex(connection_); }

absl::StatusOr<std::string> PostgresIndexTables::ReadBlock(int64_t segment, int number) {
  return ReadSearchBlock(connection_, segment, number);
}

absl::Status PostgresIndexTables::Write(search::IndexChange change) {
  absl::Status status = WriteAll(change);
  if (!status.ok() && !connection_.broken()) connection_.Execute("ROLLBACK").IgnoreError();
  return status;
}

absl::Status PostgresIndexTables::WriteAll(const search::IndexChange& change) {
  connection_.Queue("BEGIN");
  if (change.reset) QueueReset(connection_, change.index.version);
  connection_.Queue(
      "UPDATE search_index SET seed = $1, version = $2, next_segment = $3, position = $4 WHERE version = $2 "
      "- 1",
      PostgresParameters()
          .Bytes(absl::string_view(change.index.seed))
          .Int(change.index.version)
          .Int(change.index.next_segment)
          .Int(change.index.position));
  HOOKD_ASSIGN_OR_RETURN(const auto begun, connection_.Run());
  if (begun.back().changed() == 0) return absl::AbortedError("another process changed the search index");
  if (change.reset) connection_.Queue("DELETE FROM search_segments");
  if (change.delete_any_blocks) QueueDeletion(connection_);
  QueueSegments(connection_, change.put);
  QueueBlocks(connection_, change.blocks);
  if (change.delete_blocks.has_value()) QueueDeletion(connection_, *change.delete_blocks);
  connection_.Queue("COMMIT");
  return connection_.Run().status();
}

absl::StatusOr<bool> PostgresIndexTables::HasBlocks() {
  // In the order in which they are deleted.
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.Query("SELECT segment FROM search_blocks ORDER BY segment, number LIMIT 1"));
  return rows.size() > 0;
}

absl::StatusOr<bool> PostgresIndexTables::HasSettled(int64_t after_key, int count) {
  HOOKD_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.Query("SELECT key FROM events WHERE key > $1 ORDER BY key LIMIT 1 OFFSET $2",
                        PostgresParameters().Int(after_key).Int(count - 1)));
  if (rows.size() == 0) return false;
  HOOKD_ASSIGN_OR_RETURN(const int64_t horizon, FindEventHorizon(connection_, after_key, horizon_, clock_));
  return rows.Int(0, 0) < horizon;
}

absl::Status PostgresIndexTables::ReadLog(int64_t after_key, int count,
                                          absl::FunctionRef<void(const search::EventRow&)> take) {
  while (count > 0) {
    const int limit = std::min(count, kLogRows);
    HOOKD_ASSIGN_OR_RETURN(
        const auto rows,
        connection_.Query("SELECT key, project, type, webhook_count, event FROM events WHERE key > $1 ORDER "
                          "BY key LIMIT $2",
                          PostgresParameters().Int(after_key).Int(limit)));
    for (int i = 0; i < rows.size(); ++i) {
      after_key = rows.Int(i, 0);
      take({.key = after_key,
            .last_key = after_key + rows.Int(i, 3),
            .project = rows.Int(i, 1),
            .type = static_cast<int>(rows.Int(i, 2)),
            .event = rows.Text(i, 4)});
    }
    if (rows.size() < limit) return absl::OkStatus();
    count -= limit;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int64_t>> PostgresIndexTables::OldestEvent() {
  HOOKD_ASSIGN_OR_RETURN(const auto rows, connection_.Query("SELECT min(key) FROM events"));
  return rows.size() == 0 || rows.IsNull(0, 0) ? std::nullopt : std::optional(rows.Int(0, 0));
}

}  // namespace hookd::postgres
