#pragma once

#include "base/bytes.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <span>

namespace pitr::postgresql {

// A page of a relation; not of the log.
using RelationPage = std::span<const std::byte, kPageSize>;

// The LSN of the page's last change that is in the log.
Lsn page_lsn(RelationPage page);

// The checksum that stands in its header.
std::uint16_t stored_checksum(RelationPage page);

// The one that should: of the page without that field, and of its block number in the relation. Never 0.
std::uint16_t computed_checksum(RelationPage page, std::uint32_t block);

// Whether the checksum holds, or the page has never been written: then it is zero from end to end.
bool is_sound_page(RelationPage page, std::uint32_t block);

}  // namespace pitr::postgresql
