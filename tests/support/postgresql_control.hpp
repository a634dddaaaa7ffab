#pragma once

#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "base/digest.hpp"
#include "engine/postgresql/control_file.hpp"

#include <cstdint>

namespace pitr::test {

// The control file of a standby of PostgreSQL 15, whose primary ran with max_connections = 33,
// max_worker_processes = 7, max_wal_senders = 4, max_prepared_transactions = 5 and
// max_locks_per_transaction = 65.
inline Bytes control_file_of_standby() {
  Bytes file = from_hex(
      "ea778109cb0a046b1405000025770d0c05000000000000007f1a046b0000000088216203000000005021620300000000"
      "01000000010000000100000000000000d602000000000000006000000100000000000000cc0200000100000001000000"
      "01000000000000007f1a046b000000000000000000000000d502000000000000e8030000000000003022620300000000"
      "010000000000000000000000000000000000000000000000000000000200000000000000210000000700000004000000"
      "050000004100000000000000080000000000000087d63241002000000000020000200000000000014000000020000000"
      "cc070000000800000100000001000000689407d06ce2cba20c3edaf975bde53685051ad3b1787f2cfa6047c0fc7c7e9d"
      "b4045a2d00000000");
  file.resize(postgresql::kControlFileSize);
  return file;
}

// Changes four bytes and makes the checksum hold again.
inline void patch_control_file(Bytes& file, std::size_t at, std::uint32_t value, std::size_t crc_at = 288) {
  store_le32(&file[at], value);
  store_le32(&file[crc_at], crc32c(ByteView(file).first(crc_at)));
}

}  // namespace pitr::test
