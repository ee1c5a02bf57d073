/**
 * From a file to records, or to all its problems at once; the only package that knows the file
 * format. Start reading at {@code ConfigFile}, then {@code TerminatorKeys}.
 */
@NullMarked
package io.terminator.admin.config;

import org.jspecify.annotations.NullMarked;
