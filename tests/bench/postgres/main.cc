// A PostgreSQL for the benchmark: prints its port, its first process's id and the URL of a database, a line
// each, and ends with its input.
#include <iostream>
#include <string>

#include "tests/support/postgres_server.h"

int main() {
  const auto server = hookd::PostgresServer::Start({"shared_buffers = 512MB", "max_wal_size = 4GB"});
  std::cout << server->port() << "\n" << server->pid() << "\n" << server->NewDatabase() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}
