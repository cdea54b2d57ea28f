// An IPv4 or IPv6 address. A value.
#ifndef HOOKD_HTTP_IP_ADDRESS_H_
#define HOOKD_HTTP_IP_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hookd {

class IpAddress {
 public:
  // Parses "192.0.2.1", "2001:db8::1" or "fe80::1%eth0"; nothing if the text is not an address.
  static std::optional<IpAddress> Parse(const std::string& text);

  // Copies a sockaddr_in or a sockaddr_in6 without its port.
  explicit IpAddress(const sockaddr* address);

  int family() const { return family_; }

  // The address with a port as text, such as "192.0.2.1:443" or "[fe80::1%eth0]:443".
  std::string ToString(int port) const;

  // The address with a port, as connect(2) takes it.
  struct Socket {
    sockaddr_storage storage;
    socklen_t size;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  };
  Socket WithPort(int port) const;

  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;

  int family_ = AF_UNSPEC;
  std::array<uint8_t, 16> bytes_ = {};
  uint32_t scope_id_ = 0;  // of a link-local IPv6 address
};

}  // namespace hookd

#endif  // HOOKD_HTTP_IP_ADDRESS_H_
