#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace pitr {

// Fills buffer with bytes from the kernel's generator.
void fill_random(std::span<std::byte> buffer);

// A random identifier of 2 * bytes lower-case hex digits.
std::string random_hex(std::size_t bytes);

}  // namespace pitr
