// A store in PostgreSQL as the version before issue 21 had it: for tests of the upgrade.
#ifndef HOOKD_TESTS_UNIT_STORE_POSTGRES_OLDER_VERSION_H_
#define HOOKD_TESTS_UNIT_STORE_POSTGRES_OLDER_VERSION_H_

namespace hookd {

// Undoes every migration after schema version 3. Add the opposite of a new migration at the front.
inline constexpr char kBackToVersion3[] =
    "DROP TABLE stats, stats_logs, stats_gaps;"
    "DROP TABLE webhook_health; DROP INDEX deliveries_retried;"
    "DROP TABLE search_index, search_segments, search_blocks;"
    "ALTER TABLE projects DROP COLUMN display_name, DROP COLUMN labels, DROP COLUMN revision, "
    "DROP COLUMN create_time, DROP COLUMN delete_time; DROP INDEX IF EXISTS projects_by_id; "
    "DROP TABLE project_deletions; "
    "ALTER TABLE nodes DROP COLUMN notices_deletions, DROP COLUMN waiting_by_project;"
    "ALTER TABLE outcomes DROP COLUMN error_class, DROP COLUMN details; "
    "ALTER TABLE deliveries DROP COLUMN error_class;"
    "UPDATE schema_version SET version = 3";

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_POSTGRES_OLDER_VERSION_H_
