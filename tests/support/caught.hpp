#pragma once

#include "base/error.hpp"

#include <doctest/doctest.h>

namespace pitr::test {

// The Error that f throws; the test fails when it throws none. Anything else that it throws goes on.
template <typename F>
Error caught(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e;
  }
  FAIL("nothing was thrown");
  return {Errc::internal, "nothing was thrown"};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace pitr::test
