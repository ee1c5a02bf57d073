/** What came of reading the configuration again: the outcome and how often. */
@NullMarked
package io.terminator.admin.reload;

import org.jspecify.annotations.NullMarked;
