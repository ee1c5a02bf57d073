/** Tests of what ticket keys are made of and when they change. */
package io.terminator.tls.ticket;
