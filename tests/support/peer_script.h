// What a misbehaving peer does on a connection, as a list of steps. Plain data.
//
// A script begins anew with each connection; after its last step the connection is closed. A step that reads
// waits for what it reads; the others leave what the client sends unread, unless they say otherwise.
#ifndef HOOKD_TESTS_SUPPORT_PEER_SCRIPT_H_
#define HOOKD_TESTS_SUPPORT_PEER_SCRIPT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

struct PeerStep {
  enum class Do {
    kReadHead,     // until the head of a request is read; what HTTP/1.1 has of a body before it is read as a
                   // head
    kReadRequest,  // likewise its body; after kReadHead: the rest of that request
    kSend,         // the bytes
    kSendEndlessly,  // the bytes again and again, as fast as the client reads; drops what it sends
    kDrip,           // the bytes one by one, with `pause` after each
    kPause,          // waits for `pause`
    kSilence,        // sends nothing any more, and drops what the client sends
    kStopReading,    // sends nothing and reads nothing any more
    kClose,
    kReset,
    kShutdownWrite,  // no more bytes in this direction
    kRepeat,         // goes to the script's first step, or the one after its kHandshake
    // With TLS alone:
    kHandshake,            // the whole of it
    kSendPartOfFlight,     // reads the ClientHello, and sends half of the ServerHello and what follows
    kSendFlight,           // sends all of that, and does not finish the handshake
    kUpdateKeysEndlessly,  // KeyUpdate after KeyUpdate, as fast as the client reads
    kSendSessionTicketsEndlessly,  // likewise NewSessionTicket
  };

  Do action;
  // What to send, on the HTTP/2 stream of the request that was read last.
  std::function<std::string(uint32_t stream)> bytes = {};
  absl::Duration pause = absl::ZeroDuration();
};

using PeerScript = std::vector<PeerStep>;

// Steps with their bytes or their pause.
PeerStep Send(std::string bytes);
PeerStep Send(std::function<std::string(uint32_t stream)> bytes);
PeerStep SendEndlessly(std::string bytes);
PeerStep SendEndlessly(std::function<std::string(uint32_t stream)> bytes);
PeerStep Drip(std::string bytes, absl::Duration pause);
PeerStep Pause(absl::Duration pause);

// These steps so many times, and then the others.
PeerScript Repeated(int times, const PeerScript& steps, const PeerScript& then);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_PEER_SCRIPT_H_
