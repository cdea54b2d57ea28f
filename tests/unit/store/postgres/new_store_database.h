// A database for a store, for tests that are not about how a store is made.
#ifndef HOOKD_TESTS_UNIT_STORE_POSTGRES_NEW_STORE_DATABASE_H_
#define HOOKD_TESTS_UNIT_STORE_POSTGRES_NEW_STORE_DATABASE_H_

#include <string>

#include "gtest/gtest.h"
#include "store/postgres/connection.h"
#include "store/postgres/schema.h"
#include "tests/support/postgres_server.h"

namespace hookd {

// Makes a database that has a new store's tables; its URL. It is a copy, because making the tables takes a
// second.
inline std::string NewStoreDatabase() {
  static const std::string original = [] {
    std::string url = PostgresServer::Shared().NewDatabase();
    const auto connection = PostgresConnection::Open(url, "test").value();
    EXPECT_TRUE(MigratePostgres(*connection).ok());
    return url;
  }();
  return PostgresServer::Shared().NewDatabase(original);
}

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_POSTGRES_NEW_STORE_DATABASE_H_
