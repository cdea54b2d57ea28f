// Sealing the secrets of the store in PostgreSQL anew. Thread-safe; no state.
#ifndef HOOKD_STORE_POSTGRES_RESEAL_H_
#define HOOKD_STORE_POSTGRES_RESEAL_H_

#include "absl/status/status.h"
#include "store/postgres/connection.h"
#include "store/secret_box.h"

namespace hookd {

// Seals anew whatever `secrets` would seal with another key. The old form is in the server's files until they
// are vacuumed. FAILED_PRECONDITION if something cannot be opened; nothing is changed then.
absl::Status ResealSecrets(PostgresConnection& connection, const SecretBox& secrets);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_RESEAL_H_
