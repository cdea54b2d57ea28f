// Checks whether the rows of the search index, which have no checksums, can be right. An index that is not
// valid would hide events or repeat them: searches do not use it, and the indexer rebuilds it.
//
// Thread-safe; no state. Errors: DATA_LOSS with what is wrong, as a clause for the log.
#ifndef HOOKD_STORE_SEARCH_INDEX_CHECK_H_
#define HOOKD_STORE_SEARCH_INDEX_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "store/search/index_tables.h"

namespace hookd::search {

// Checks the values, and that the live segments follow each other up to the index's position.
absl::Status CheckIndex(const Index& index);

// Checks that the terms of the oldest event have hashes of the seed. Reads that event and some blocks. A
// damaged block is no error. Other errors: those of the reads. Requires: CheckIndex is OK.
absl::Status CheckSeed(IndexTables& tables, const Index& index);

// The first key that the index covers. No older event exists, unless the row of a segment is lost. Requires:
// CheckIndex is OK.
int64_t FirstCoveredKey(const Index& index);

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_INDEX_CHECK_H_
