#include "http/egress_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

// What is not the public Internet in IPv4: the whole of IANA's special-purpose registry
// (https://www.iana.org/assignments/iana-ipv4-special-registry), multicast, and an address that one cloud
// gives its platform's own services.
constexpr absl::string_view kSpecialIpv4[] = {
    "0.0.0.0/8",        // this network, and unspecified
    "10.0.0.0/8",       // private
    "100.64.0.0/10",    // shared by carriers (CGNAT)
    "127.0.0.0/8",      // loopback
    "168.63.129.16",    // Azure's platform
    "169.254.0.0/16",   // link-local; clouds' metadata
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.31.196.0/24",  // AS112
    "192.52.193.0/24",  // AMT
    "192.88.99.0/24",   // 6to4 relays
    "192.168.0.0/16",   // private
    "192.175.48.0/24",  // AS112
    "198.18.0.0/15",    // benchmarking
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
};

// IPv6's global unicast addresses (RFC 4291, 2.4): all that is public is of these, IPv4 in other forms apart.
constexpr absl::string_view kGlobalUnicast = "2000::/3";

// What is special of these: https://www.iana.org/assignments/iana-ipv6-special-registry.
constexpr absl::string_view kSpecialIpv6[] = {
    "2001::/23",          // protocol assignments: Teredo, benchmarking, ORCHID, ...
    "2001:db8::/32",      // documentation
    "2002::/16",          // 6to4
    "2620:4f:8000::/48",  // AS112
    "3fff::/20",          // documentation
};

// IPv4 addresses as IPv6: mapped ones, and those a NAT64 translates (RFC 6052). They are what they stand for.
constexpr absl::string_view kIpv4Mapped = "::ffff:0:0/96";
constexpr absl::string_view kNat64 = "64:ff9b::/96";

// Where an IPv6 address that a gateway or a tunnel may take for an IPv4 address has it. Mapped ones need no
// place: EgressGuard holds every IPv4 address in that form.
struct EmbeddedIpv4 {
  absl::string_view range;
  std::array<int, 4> bytes;  // the indexes of its bytes
  bool inverted = false;
};
constexpr EmbeddedIpv4 kEmbeddedIpv4[] = {
    {"::/96", {12, 13, 14, 15}},            // IPv4-compatible (RFC 4291, 2.5.5.1)
    {"::ffff:0:0:0/96", {12, 13, 14, 15}},  // IPv4-translated (RFC 2765)
    {kNat64, {12, 13, 14, 15}},             // NAT64's well-known prefix (RFC 6052)
    {"64:ff9b:1::/48", {12, 13, 14, 15}},   // a local NAT64's (RFC 8215), whose own prefix is of 96 bits,
    {"64:ff9b:1::/48", {9, 10, 11, 12}},    // of 64,
    {"64:ff9b:1::/48", {7, 9, 10, 11}},     // of 56,
    {"64:ff9b:1::/48", {6, 7, 9, 10}},      // or of 48
    {"2002::/16", {2, 3, 4, 5}},            // 6to4 (RFC 3056)
    {"2001::/32", {4, 5, 6, 7}},            // Teredo (RFC 4380): its server,
    {"2001::/32", {12, 13, 14, 15}, true},  // and its client
};

// ISATAP's interface identifier (RFC 5214), behind any prefix: 0:5efe or 200:5efe, and an IPv4 address.
bool IsIsatap(const std::array<uint8_t, 16>& address) {
  return (address[8] & ~2) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;
}

bool ParseNumber(absl::string_view text, int least, int most, int& number) {
  return absl::SimpleAtoi(text, &number) && number >= least && number <= most;
}

}  // namespace

bool EgressGuard::Range::Has(const Address& address) const {
  const int bytes = prefix_length / 8;
  const int bits = prefix_length % 8;
  if (!std::equal(address.begin(), address.begin() + bytes, first.begin())) return false;
  return bits == 0 || ((address[bytes] ^ first[bytes]) >> (8 - bits)) == 0;
}

EgressGuard::Address EgressGuard::Mapped(const uint8_t* ipv4) {
  Address address = {};
  address[10] = address[11] = 0xff;
  std::copy(ipv4, ipv4 + 4, address.begin() + 12);
  return address;
}

absl::StatusOr<EgressGuard::Range> EgressGuard::ParseRange(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  Range range = {};
  in_addr ipv4;
  const bool is_ipv4 = inet_pton(AF_INET, parts[0].c_str(), &ipv4) == 1;
  const int most = is_ipv4 ? 32 : 128;
  range.prefix_length = most;
  if (parts.size() > 2 || (!is_ipv4 && inet_pton(AF_INET6, parts[0].c_str(), range.first.data()) != 1) ||
      (parts.size() == 2 && !ParseNumber(parts[1], 0, most, range.prefix_length))) {
    return absl::InvalidArgumentError(
        absl::StrCat(text, " is not an IP address or a CIDR range, such as 10.0.0.0/8 or fd00::/8"));
  }
  if (is_ipv4) {
    range.first = Mapped(reinterpret_cast<const uint8_t*>(&ipv4));
    range.prefix_length += 96;
  }
  return range;
}

absl::StatusOr<EgressGuard> EgressGuard::Create(const Options& options) {
  EgressGuard guard;
  for (const auto& [texts, ranges] :
       {std::pair{&options.allow, &guard.allow_}, std::pair{&options.deny, &guard.deny_}}) {
    for (const std::string& text : *texts) {
      const auto range = ParseRange(text);
      if (!range.ok()) return range.status();
      ranges->push_back(*range);
    }
  }
  for (const std::string& text : options.ports) {
    const std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
    int first = 0, last = 0;
    if (!ParseNumber(ends.first, 1, 65535, first) ||
        !ParseNumber(ends.second.empty() ? ends.first : ends.second, first, 65535, last)) {
      return absl::InvalidArgumentError(
          absl::StrCat(text, " is not a port or a range of ports, such as 443 or 8000-8999"));
    }
    guard.ports_.emplace_back(first, last);
  }
  return guard;
}

bool EgressGuard::IsPublic(const Address& address) {
  const auto ranges = [](const auto& texts) {
    std::vector<Range> parsed;
    for (absl::string_view text : texts) parsed.push_back(ParseRange(text).value());
    return parsed;
  };
  static const auto* ipv4 = new std::vector<Range>(ranges(kSpecialIpv4));
  static const auto* ipv6 = new std::vector<Range>(ranges(kSpecialIpv6));
  static const Range mapped = ParseRange(kIpv4Mapped).value();
  static const Range global_unicast = ParseRange(kGlobalUnicast).value();
  const auto in = [&](const std::vector<Range>& special) {
    return std::any_of(special.begin(), special.end(),
                       [&](const Range& range) { return range.Has(address); });
  };
  return mapped.Has(address) ? !in(*ipv4) : global_unicast.Has(address) && !in(*ipv6);
}

std::vector<EgressGuard::Address> EgressGuard::Embedded(const Address& address) {
  static const auto* ranges = [] {
    auto* parsed = new std::vector<Range>;
    for (const EmbeddedIpv4& place : kEmbeddedIpv4) parsed->push_back(ParseRange(place.range).value());
    return parsed;
  }();
  std::vector<Address> embedded;
  // The unspecified and the loopback address of IPv6 are themselves.
  if (std::all_of(address.begin(), address.end() - 1, [](uint8_t byte) { return byte == 0; }) &&
      address.back() <= 1) {
    return embedded;
  }
  for (size_t i = 0; i < ranges->size(); ++i) {
    if (!(*ranges)[i].Has(address)) continue;
    std::array<uint8_t, 4> ipv4;
    for (size_t byte = 0; byte < ipv4.size(); ++byte) {
      const uint8_t value = address[static_cast<size_t>(kEmbeddedIpv4[i].bytes[byte])];
      ipv4[byte] = kEmbeddedIpv4[i].inverted ? static_cast<uint8_t>(~value) : value;
    }
    embedded.push_back(Mapped(ipv4.data()));
  }
  if (IsIsatap(address)) embedded.push_back(Mapped(&address[12]));
  return embedded;
}

bool EgressGuard::AllowsAddress(const Address& address) const {
  const auto in = [&](const std::vector<Range>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return range.Has(address); });
  };
  if (in(deny_)) return false;
  if (!deny_.empty()) {
    for (const Address& embedded : Embedded(address)) {
      if (std::any_of(deny_.begin(), deny_.end(), [&](const Range& range) { return range.Has(embedded); })) {
        return false;
      }
    }
  }
  if (in(allow_)) return true;
  static const Range nat64 = ParseRange(kNat64).value();
  if (nat64.Has(address)) return AllowsAddress(Mapped(&address[12]));
  return IsPublic(address);
}

bool EgressGuard::AllowsPort(int port) const {
  return ports_.empty() || std::any_of(ports_.begin(), ports_.end(), [port](const auto& range) {
           return port >= range.first && port <= range.second;
         });
}

bool EgressGuard::Allows(const sockaddr* address) const {
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, address, sizeof(ipv4));
    return AllowsPort(ntohs(ipv4.sin_port)) &&
           AllowsAddress(Mapped(reinterpret_cast<const uint8_t*>(&ipv4.sin_addr)));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 ipv6;
  std::memcpy(&ipv6, address, sizeof(ipv6));
  Address bytes;
  std::memcpy(bytes.data(), &ipv6.sin6_addr, bytes.size());
  return AllowsPort(ntohs(ipv6.sin6_port)) && AllowsAddress(bytes);
}

bool EgressGuard::AddressOfHost(std::string host, Address& address) {
  host = std::string(absl::StripSuffix(host, "."));
  in_addr ipv4;
  // Takes every form that a resolver takes for an address: 127.1, 0x7f000001, 0177.0.0.1, 2130706433.
  if (inet_aton(host.c_str(), &ipv4) == 1) {
    address = Mapped(reinterpret_cast<const uint8_t*>(&ipv4));
    return true;
  }
  const absl::string_view bare = absl::StripSuffix(absl::StripPrefix(host, "["), "]");
  return inet_pton(AF_INET6, std::string(bare).c_str(), address.data()) == 1;
}

absl::Status EgressGuard::CheckUrl(const std::string& url) const {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  char* host_text = nullptr;
  char* port_text = nullptr;
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host_text, 0) != CURLUE_OK) {
    return absl::InvalidArgumentError("must be a valid URL, as in https://example.com/hook");
  }
  const std::string host = host_text;
  curl_free(host_text);
  int port = 0;
  if (curl_url_get(parsed.get(), CURLUPART_PORT, &port_text, CURLU_DEFAULT_PORT) == CURLUE_OK) {
    ParseNumber(port_text, 0, 65535, port);
    curl_free(port_text);
  }
  if (!AllowsPort(port)) {
    return absl::InvalidArgumentError(
        absl::StrCat("port ", port, " is not allowed; allow it with --egress_ports"));
  }
  Address address;
  if (AddressOfHost(host, address) && !AllowsAddress(address)) {
    return absl::InvalidArgumentError(
        absl::StrCat(host, " is not a public address; allow it with --egress_allow"));
  }
  return absl::OkStatus();
}

}  // namespace hookd
