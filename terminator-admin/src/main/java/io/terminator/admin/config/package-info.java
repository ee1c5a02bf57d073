/**
 * Converts a file to records, or reports all its problems at once. The only package that knows the
 * file format. Start reading at {@code ConfigFile}, then {@code TerminatorKeys}.
 */
@NullMarked
package io.terminator.admin.config;

import org.jspecify.annotations.NullMarked;
