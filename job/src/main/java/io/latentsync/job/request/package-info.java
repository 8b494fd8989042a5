/** Requests and options of the user, checked before work begins. */
package io.latentsync.job.request;
