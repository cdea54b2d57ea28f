// Encrypts what must not be readable in the store: AES-256-GCM through OpenSSL, with keys from a file.
//
// Thread-safe: immutable once made.
//
// The file has one key a line: 32 random bytes in base64 (`openssl rand -base64 32`); empty lines and those
// that begin with # are skipped. The first key seals; all of them open. So a key is replaced by putting a new
// one before it and starting hookd, which seals everything anew; then the old line can go.
#ifndef HOOKD_STORE_SECRET_BOX_H_
#define HOOKD_STORE_SECRET_BOX_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

class SecretBox {
 public:
  // Without a key: what is sealed is readable.
  SecretBox() = default;

  // FAILED_PRECONDITION, with one sentence for the operator, if the file cannot be read or is not of that
  // form.
  static absl::StatusOr<SecretBox> FromFile(const std::string& path);

  bool encrypts() const { return !keys_.empty(); }

  // Tells the key that seals from others; empty without a key. No secret.
  std::string key_id() const { return keys_.empty() ? std::string() : keys_.front().id; }

  // `context` says what is sealed, and is needed to open it: what is copied elsewhere does not open there.
  // At most 2^32 sealings a key (NIST SP 800-38D, 8.3: nonces are random).
  std::string Seal(absl::string_view secret, absl::string_view context) const;

  // FAILED_PRECONDITION if it was sealed with a key that is not here; DATA_LOSS if it was changed since, or
  // sealed for another context. Nothing opens to nothing.
  absl::StatusOr<std::string> Open(absl::string_view sealed, absl::string_view context) const;

  // Whether Seal would use another key than was used for this.
  bool IsStale(absl::string_view sealed) const;

 private:
  struct Key {
    std::string id;     // tells which key sealed something: the beginning of the key's SHA-256
    std::string bytes;  // 32
  };
  std::vector<Key> keys_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SECRET_BOX_H_
