#include "support/sochdb_model/state.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "engine/sochdb/crypto.hpp"

#include <array>

#include <fmt/format.h>

namespace pitr::sochdb {

void State::apply(const Record& record) {
  switch (record.type) {
    case RecordType::begin:
      open_.begin(record.xid);
      break;
    case RecordType::data:
      open_.writes(record.xid).emplace_back(as_text(record.key), as_text(record.value));
      break;
    case RecordType::commit:
      if (auto writes = open_.commit(record.xid)) {
        for (auto& [key, value] : *writes) entries_.insert_or_assign(std::move(key), std::move(value));
        ++transactions_;
      }
      break;
    case RecordType::abort:
      open_.abort(record.xid);
      break;
    default:
      break;
  }
}

std::string State::sha256() const {
  Sha256 sum;
  const auto add = [&](const std::string& text) {
    std::array<std::byte, 4> length{};
    store_le32(length.data(), static_cast<std::uint32_t>(text.size()));
    sum.update(length);
    sum.update(as_bytes(text));
  };
  for (const auto& [key, value] : entries_) {
    add(key);
    add(value);
  }
  return to_hex(sum.digest());
}

State state_at(LogReader& reader, Lsn lsn) {
  State state;
  while (reader.place().lsn < lsn) {
    const auto entry = reader.next();
    if (!entry) {
      throw Error(Errc::target_unreachable, fmt::format("the log ends at LSN {}, before LSN {}",
                                                        reader.stop().good_end.lsn.value, lsn.value));
    }
    if (!entry->record) {
      throw Error(Errc::usage, "the log is encrypted, and no key was given", "give --source-key-file");
    }
    state.apply(*entry->record);
  }
  return state;
}

}  // namespace pitr::sochdb
