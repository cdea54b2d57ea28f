// Seals the secrets of the store in PostgreSQL with a new key. Thread-safe; no state.
#ifndef HOOKD_STORE_POSTGRES_RESEAL_H_
#define HOOKD_STORE_POSTGRES_RESEAL_H_

#include "absl/status/status.h"
#include "store/codec/secret_box.h"
#include "store/postgres/connection.h"

namespace hookd {

// Seals again every secret that `secrets` would seal with another key. The old form is in the server's files
// until they are vacuumed. FAILED_PRECONDITION, without a change, if a secret cannot be opened.
absl::Status ResealSecrets(PostgresConnection& connection, const SecretBox& secrets);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_RESEAL_H_
