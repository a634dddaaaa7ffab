#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "engine/postgresql/page_checksum.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace pitr::test {

// Block 0 of a table of two rows, as PostgreSQL 15 wrote it: its checksum is 0x9489, its LSN 0/5025588.
inline Bytes page_of_two_rows() {
  constexpr std::size_t kRowsAt = 8112;
  const Bytes header = from_hex("0000000088550205899400002000b01f0020042000000000d89f4400b09f4600");
  const Bytes rows = from_hex(
      "e20200000000000005000000000000000200020002081800020000000f7365636f6e640000000000"
      "e20200000000000005000000000000000100020002081800010000000d6669727374000000000000");
  Bytes page(postgresql::kPageSize);
  std::copy(header.begin(), header.end(), page.begin());
  std::copy(rows.begin(), rows.end(), page.begin() + kRowsAt);
  return page;
}

// A page of other content, for this block and with this LSN.
inline Bytes sound_page(std::uint32_t block, Lsn lsn = {0x100}) {
  Bytes page = page_of_two_rows();
  store_le32(&page[0], static_cast<std::uint32_t>(lsn.value >> 32U));
  store_le32(&page[4], static_cast<std::uint32_t>(lsn.value));
  store_le32(&page[4000], block);
  const std::uint16_t checksum = postgresql::computed_checksum(postgresql::RelationPage(page), block);
  page[8] = static_cast<std::byte>(checksum & 0xFFU);
  page[9] = static_cast<std::byte>(checksum >> 8U);
  return page;
}

inline Bytes damaged_page(std::uint32_t block, Lsn lsn = {0x100}) {
  Bytes page = sound_page(block, lsn);
  page[5000] ^= std::byte{1};
  return page;
}

}  // namespace pitr::test
