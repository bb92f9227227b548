#pragma once

#include <chrono>
#include <cstddef>

#include "core/time.h"
#include "core/units.h"

/// The bounds of core/limits.h for catalogues of titles and for what is kept of viewing.
namespace rung::limits {

/// A feed from a file has limits::text_file_size, one from a URL this.
inline constexpr ByteCount fetched_feed_size{64 * 1024 * 1024};
/// Titles of a feed.
inline constexpr std::size_t catalogue_titles = 1'000'000;
/// An identifier, the name of a title or of a series, of a genre or a person; in bytes.
inline constexpr std::size_t catalogue_name_length = 512;
/// The description of a title, in bytes.
inline constexpr std::size_t catalogue_text_length = 8 * 1024;
/// Genres of a title, and people.
inline constexpr std::size_t catalogue_names = 64;
/// Depth of nested values in a feed.
inline constexpr int catalogue_depth = 8;
/// A picture of a title: the file, and its pixels.
inline constexpr ByteCount artwork_size{2 * 1024 * 1024};
inline constexpr int artwork_side = 4096;
/// Events that wait to be written; where more come, the oldest progress goes, else the new one.
inline constexpr std::size_t waiting_events = 256;
/// How long an event waits for another program that has the log.
inline constexpr Duration event_log_patience = std::chrono::milliseconds(250);
/// After a failure, and twice as long after every further one, up to the longest.
inline constexpr Duration event_log_first_pause = std::chrono::seconds(1);
inline constexpr Duration event_log_longest_pause = std::chrono::seconds(60);
/// Events that are read of a viewer's log: the latest ones.
inline constexpr std::size_t read_events = 100'000;
/// Titles that one impression lists; further ones are left out of it.
inline constexpr std::size_t slate_titles = 128;
/// What a viewer looks for, in bytes.
inline constexpr std::size_t search_length = 256;
/// Rows of a log of decisions, the different places and contexts in it together, and the rows of a
/// policy that is judged by it.
inline constexpr std::size_t logged_decisions = 5'000'000;
inline constexpr std::size_t decision_places = 100'000;
/// Titles that such a policy shows, counted for each place and context.
inline constexpr std::size_t judged_titles = 4'000'000;

}  // namespace rung::limits
