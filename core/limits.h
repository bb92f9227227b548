#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.h"
#include "core/units.h"

/// Every bound that Rung puts on input from outside, in one place, with what happens beyond it:
/// the input is refused with ErrorCode::limit_exceeded unless the comment says otherwise.
namespace rung::limits {

/// A manifest or playlist after content decoding.
inline constexpr ByteCount manifest_size{8 * 1024 * 1024};
/// What a manifest may be expanded to in memory by inheritance and repetition.
inline constexpr ByteCount expanded_manifest_size{128 * 1024 * 1024};
/// What the documents of one presentation together may be expanded to in memory.
inline constexpr ByteCount presentation_size{512 * 1024 * 1024};
/// A trace or a session log read from a file.
inline constexpr ByteCount text_file_size{256 * 1024 * 1024};
/// One init segment, index segment or AES key.
inline constexpr ByteCount init_segment_size{4 * 1024 * 1024};
/// One media segment.
inline constexpr ByteCount segment_size{256 * 1024 * 1024};
/// One document or segment of a text track, and the init segment before it.
inline constexpr ByteCount text_document_size{4 * 1024 * 1024};
/// Cues of one document or segment of a text track.
inline constexpr std::size_t cues = 20'000;
/// Text of one cue in bytes; what comes behind is left out.
inline constexpr std::size_t cue_text = 2048;
/// Text tracks of one title that a viewer may choose from; further ones are left out.
inline constexpr std::size_t text_tracks = 256;
/// Cues that are seen at once; further ones are left out.
inline constexpr std::size_t cues_at_once = 16;
/// Depth of nested XML elements.
inline constexpr int xml_depth = 64;
/// Representations in one adaptation set, and variants or renditions in one HLS playlist.
inline constexpr std::size_t representations = 256;
inline constexpr std::size_t periods = 4096;
inline constexpr std::size_t adaptation_sets = 256;
/// Documents that one presentation may need (media playlists, index segments).
inline constexpr std::size_t documents = 512;
/// Segments that one track may be asked to list (`rung inspect`, a simulation). Presentations may
/// have more: their index is computed.
inline constexpr std::int64_t listed_segments = 200'000;
/// One decoded picture, and the audio that is mixed down to two channels.
inline constexpr std::int64_t picture_pixels = 8192 * 4352;
inline constexpr int sample_rate = 384'000;
inline constexpr int channels = 64;
/// Media that the player keeps behind the playhead, so that a seek back fetches nothing: so long,
/// and so much of each track. More is let go.
inline constexpr Duration kept_behind_playhead = std::chrono::seconds(20);
inline constexpr ByteCount bytes_kept_behind_playhead{16 * 1024 * 1024};
/// A live presentation that has not gone on for so long is given up.
inline constexpr Duration live_silence = std::chrono::seconds(60);
inline constexpr std::size_t url_length = 64 * 1024;
inline constexpr int redirects = 10;
inline constexpr Duration connect_timeout = std::chrono::seconds(8);
/// Points of one trace.
inline constexpr std::size_t trace_points = 20'000'000;
/// One round of a trace.
inline constexpr Duration trace_duration = std::chrono::hours(24 * 366);
/// A rate in a trace: 1 Tbit/s.
inline constexpr BitRate trace_rate = BitRate::bits_per_second(1'000'000'000'000);
/// A round-trip time in a trace.
inline constexpr Duration trace_rtt = std::chrono::minutes(10);
/// Labels of one search for the exact optimum of a session, over all segments.
inline constexpr std::size_t optimum_labels = 20'000'000;
/// Simulated or played time of one session; a session that gets here ends with an error.
inline constexpr Duration session_time = std::chrono::hours(24 * 7);
/// A log of plays: its rows, the different titles and viewers in it, and the length of a name in
/// bytes.
inline constexpr std::size_t plays = 20'000'000;
inline constexpr std::size_t recommended_titles = 1'000'000;
inline constexpr std::size_t viewers = 5'000'000;
inline constexpr std::size_t play_name_length = 256;
/// Titles that are weighed as the one that may come next; the first ones count.
inline constexpr std::size_t prefetched_titles = 64;
/// A file of a policy's trained network, its parameters or their manifest.
inline constexpr ByteCount network_file_size{4 * 1024 * 1024};
/// Titles that are weighed jointly, in a square matrix of so many rows, and the latest plays of a
/// viewer that this counts; further titles and older plays are left out of it.
inline constexpr std::size_t regressed_titles = 2000;
inline constexpr std::size_t regressed_plays = 512;
/// A file with a trained recommender.
inline constexpr ByteCount recommender_size{1024LL * 1024 * 1024};
/// Titles of a history that a recommendation is asked for.
inline constexpr std::size_t history_titles = 10'000;
/// A policy in a program of its own may take so long to start and to answer that it knows the
/// title, so long for each answer (`--policy-timeout` says otherwise), and so long to end.
inline constexpr Duration policy_start_time = std::chrono::seconds(30);
inline constexpr Duration policy_answer_time = std::chrono::seconds(5);
inline constexpr Duration policy_end_time = std::chrono::milliseconds(500);
/// One line of its answers, in bytes.
inline constexpr std::size_t policy_answer_size = 64 * 1024;
/// Sizes of segments that it can be told.
inline constexpr std::int64_t policy_title_sizes = 2'000'000;
/// Transfers that it is told at one decision, the latest of them; older ones are left out.
inline constexpr std::size_t policy_transfers = 64;

}  // namespace rung::limits
