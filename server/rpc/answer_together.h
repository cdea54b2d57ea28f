// Answers that are ready together, as those of one transaction are, sent together.
//
// gRPC writes each answer to its connection as soon as it is given, and each is then a packet of its own that
// wakes the caller. Where several are to go over one connection, its socket is corked meanwhile (TCP_CORK,
// tcp(7)): the kernel keeps what is written until the last of them is, and sends that at once.
//
// Thread-safe.
#ifndef HOOKD_RPC_ANSWER_TOGETHER_H_
#define HOOKD_RPC_ANSWER_TOGETHER_H_

#include <functional>
#include <string>

namespace hookd {

// Calls `answer`, which gives gRPC an answer for the connection with `peer` (grpc::ServerContext::peer()): at
// the end of this thread's Afterwards::Scope, beside the others for that connection, in the order they came
// in; at once, if there is no scope.
void AnswerTogether(std::string peer, std::function<void()> answer);

}  // namespace hookd

#endif  // HOOKD_RPC_ANSWER_TOGETHER_H_
