/** Clients of a running appliance's admin API, for the commands that show its state. */
@NullMarked
package io.terminator.admin.client;

import org.jspecify.annotations.NullMarked;
