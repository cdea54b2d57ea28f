#include "store/sqlite/search.h"

#include "base/ids.h"
#include "base/status_macros.h"
#include "store/sqlite/reads.h"

namespace hookd::sqlite {
namespace {

constexpr int kBlockBits = 16;

int64_t BlockKey(int64_t segment, int64_t number) { return (segment << kBlockBits) + number; }

// The first column of the first row; nothing if there is no row, or it is NULL.
absl::StatusOr<std::optional<int64_t>> FirstInt(Statement& statement) {
  HOOKD_ASSIGN_OR_RETURN(const bool found, statement.Step());
  std::optional<int64_t> value;
  if (found && !statement.IsNull(0)) value = statement.Int(0);
  statement.Reset();
  return value;
}

absl::StatusOr<search::Index> ReadSearchIndex(Database& database) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const state,
                         database.Prepare("SELECT seed, version, next_segment, position FROM search_index"));
  search::Index index;
  int rows = 0;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*state, [&](const Statement& row) {
    ++rows;
    index.seed = std::string(row.Text(0));
    index.version = row.Int(1);
    index.next_segment = row.Int(2);
    index.position = row.Int(3);
    return true;
  }));
  if (rows != 1) {
    index = search::Index();
    index.has_state = false;
  }
  HOOKD_ASSIGN_OR_RETURN(Statement* const segments,
                         database.Prepare("SELECT id, level, live, first_key, last_key, events FROM "
                                          "search_segments ORDER BY last_key DESC, id DESC"));
  HOOKD_RETURN_IF_ERROR(ForEachRow(*segments, [&](const Statement& row) {
    index.segments.push_back({.id = row.Int(0),
                              .level = static_cast<search::SegmentLevel>(row.Int(1)),
                              .live = row.Int(2) != 0,
                              .first_key = row.Int(3),
                              .last_key = row.Int(4),
                              .events = static_cast<int>(row.Int(5))});
    return true;
  }));
  return index;
}

absl::StatusOr<std::string> ReadSearchBlock(Database& database, int64_t segment, int number) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select,
                         database.Prepare("SELECT data FROM search_blocks WHERE key = ?"));
  select->Bind(1, BlockKey(segment, number));
  std::string data;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
    data = std::string(row.Text(0));
    return true;
  }));
  return data;
}

absl::Status PutSegment(Database& writer, const search::Segment& segment) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const put,
                         writer.Prepare("INSERT OR REPLACE INTO search_segments (id, level, live, first_key, "
                                        "last_key, events) VALUES (?, ?, ?, ?, ?, ?)"));
  return put->Bind(1, segment.id)
      .Bind(2, static_cast<int64_t>(segment.level))
      .Bind(3, segment.live ? 1 : 0)
      .Bind(4, segment.first_key)
      .Bind(5, segment.last_key)
      .Bind(6, segment.events)
      .Run();
}

absl::Status DeleteBlocks(Database& writer, int64_t segment) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const blocks,
                         writer.Prepare("DELETE FROM search_blocks WHERE key IN (SELECT key FROM "
                                        "search_blocks WHERE key >= ?1 AND key < ?2 LIMIT ?3)"));
  HOOKD_RETURN_IF_ERROR(blocks->Bind(1, BlockKey(segment, 0))
                            .Bind(2, BlockKey(segment + 1, 0))
                            .Bind(3, search::kDeletedBlocks)
                            .Run());
  HOOKD_ASSIGN_OR_RETURN(Statement* const emptied,
                         writer.Prepare("DELETE FROM search_segments WHERE id = ?1 AND NOT EXISTS (SELECT 1 "
                                        "FROM search_blocks WHERE key >= ?2 AND key < ?3)"));
  return emptied->Bind(1, segment).Bind(2, BlockKey(segment, 0)).Bind(3, BlockKey(segment + 1, 0)).Run();
}

absl::Status DeleteAnyBlocks(Database& writer) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const blocks,
      writer.Prepare(
          "DELETE FROM search_blocks WHERE key IN (SELECT key FROM search_blocks ORDER BY key LIMIT ?)"));
  return blocks->Bind(1, search::kDeletedBlocks).Run();
}

Event MakeEvent(const Statement& row, int64_t key) {
  return {.key = key,
          .type = static_cast<int>(row.Int(1)),
          .event = std::string(row.Text(3)),
          .emit_time = TimeOfKey(key),
          .webhook_count = static_cast<int>(row.Int(2))};
}

}  // namespace

absl::StatusOr<search::Index> SqliteSearchReads::ReadIndex() { return ReadSearchIndex(database_); }

absl::StatusOr<std::string> SqliteSearchReads::ReadBlock(int64_t segment, int number) {
  return ReadSearchBlock(database_, segment, number);
}

absl::StatusOr<std::optional<int64_t>> SqliteSearchReads::FindProject(const std::string& project) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select,
                         database_.Prepare("SELECT key FROM projects WHERE name = ?"));
  return FirstInt(select->BindText(1, project));
}

absl::StatusOr<search::SearchReads::Scanned> SqliteSearchReads::ScanEvents(const Scan& scan) {
  // Of other events only what is beside the event in the page is read.
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database_.Prepare("SELECT key, type, webhook_count, CASE WHEN project = ?4 AND ((?5 >> type) & 1) THEN "
                        "event END FROM events WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT ?3"));
  int64_t types = scan.event_types.empty() ? -1 : 0;
  for (const int type : scan.event_types) types |= int64_t{1} << type;
  select->Bind(1, scan.min_key)
      .Bind(2, scan.max_key)
      .Bind(3, scan.limit)
      .Bind(4, scan.project)
      .Bind(5, types);
  Scanned scanned;
  HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
    ++scanned.examined;
    scanned.last_key = row.Int(0);
    if (!row.IsNull(3)) scanned.events.push_back(MakeEvent(row, row.Int(0)));
    return true;
  }));
  return scanned;
}

absl::StatusOr<std::vector<Event>> SqliteSearchReads::ReadEvents(int64_t project,
                                                                 const std::vector<int64_t>& keys) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database_.Prepare("SELECT key, type, webhook_count, event FROM events WHERE key = ? AND project = ?"));
  std::vector<Event> events;
  for (const int64_t key : keys) {
    select->Bind(1, key).Bind(2, project);
    HOOKD_RETURN_IF_ERROR(ForEachRow(*select, [&](const Statement& row) {
      events.push_back(MakeEvent(row, key));
      return true;
    }));
  }
  return events;
}

absl::StatusOr<WebhookKeys> SqliteSearchReads::FindWebhooks(const std::string& project,
                                                            const std::vector<std::string>& ids) {
  WebhookKeys keys;
  for (const std::string& id : ids) {
    HOOKD_ASSIGN_OR_RETURN(const auto of_id, WebhooksThatHadId(database_, project, id));
    keys.insert(of_id.begin(), of_id.end());
  }
  return keys;
}

absl::StatusOr<std::vector<Delivery>> SqliteSearchReads::ReadDeliveriesOf(int64_t /*project*/,
                                                                          const Event& event,
                                                                          const DeliveryQuery& query,
                                                                          const WebhookKeys* webhooks) {
  return sqlite::ReadDeliveriesOf(database_, event, query, webhooks);
}

absl::StatusOr<DeliveryPage> SqliteSearchReads::ListDeliveries(const DeliveryQuery& query) {
  return sqlite::ListDeliveries(database_, query);
}

absl::StatusOr<search::Index> SqliteIndexTables::ReadIndex() { return ReadSearchIndex(database_); }

absl::StatusOr<std::string> SqliteIndexTables::ReadBlock(int64_t segment, int number) {
  return ReadSearchBlock(database_, segment, number);
}

absl::StatusOr<bool> SqliteIndexTables::HasBlocks() {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select, database_.Prepare("SELECT key FROM search_blocks LIMIT 1"));
  HOOKD_ASSIGN_OR_RETURN(const auto first, FirstInt(*select));
  return first.has_value();
}

absl::StatusOr<bool> SqliteIndexTables::HasSettled(int64_t after_key, int count) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database_.Prepare("SELECT key FROM events WHERE key > ? ORDER BY key LIMIT 1 OFFSET ?"));
  HOOKD_ASSIGN_OR_RETURN(const auto last, FirstInt(select->Bind(1, after_key).Bind(2, count - 1)));
  return last.has_value();
}

absl::Status SqliteIndexTables::ReadLog(int64_t after_key, int count,
                                        absl::FunctionRef<void(const search::EventRow&)> take) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const select,
      database_.Prepare("SELECT key, project, type, webhook_count, event FROM events WHERE "
                        "key > ? ORDER BY key LIMIT ?"));
  select->Bind(1, after_key).Bind(2, count);
  return ForEachRow(*select, [&](const Statement& row) {
    take({.key = row.Int(0),
          .last_key = row.Int(0) + row.Int(3),
          .project = row.Int(1),
          .type = static_cast<int>(row.Int(2)),
          .event = row.Text(4)});
    return true;
  });
}

absl::StatusOr<std::optional<int64_t>> SqliteIndexTables::OldestEvent() {
  HOOKD_ASSIGN_OR_RETURN(Statement* const select, database_.Prepare("SELECT min(key) FROM events"));
  return FirstInt(*select);
}

absl::Status WriteIndex(Database& writer, const search::IndexChange& change) {
  if (change.reset) {
    HOOKD_RETURN_IF_ERROR(
        writer.Execute("DELETE FROM search_index; INSERT INTO search_index VALUES (x'', 0, 1, 0); "
                       "DELETE FROM search_segments"));
  }
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const state,
      writer.Prepare("UPDATE search_index SET seed = ?, version = ?, next_segment = ?, position = ?"));
  HOOKD_RETURN_IF_ERROR(state->BindBlob(1, change.index.seed)
                            .Bind(2, change.index.version)
                            .Bind(3, change.index.next_segment)
                            .Bind(4, change.index.position)
                            .Run());
  for (const search::Segment& segment : change.put) HOOKD_RETURN_IF_ERROR(PutSegment(writer, segment));
  HOOKD_ASSIGN_OR_RETURN(Statement* const insert,
                         writer.Prepare("INSERT INTO search_blocks (key, data) VALUES (?, ?)"));
  for (const search::SegmentBlock& block : change.blocks) {
    HOOKD_RETURN_IF_ERROR(
        insert->Bind(1, BlockKey(block.segment, block.number)).BindBlob(2, block.data).Run());
  }
  if (change.delete_any_blocks) HOOKD_RETURN_IF_ERROR(DeleteAnyBlocks(writer));
  return change.delete_blocks.has_value() ? DeleteBlocks(writer, *change.delete_blocks) : absl::OkStatus();
}

}  // namespace hookd::sqlite
